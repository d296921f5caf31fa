// SPDX-License-Identifier: MIT

// Envconfig compares how the Go SDK (go.temporal.io/sdk/contrib/envconfig, pinned in go.mod) and Timelapse read the
// TEMPORAL_* variables and temporal.toml: each case is loaded by both, and what they make of it has to be equal.
//
//	envconfig [-random N] [-seed S] [-print] READER
//
// READER is the program of ../read_config.c. -print prints each case's profile as JSON. Cases that name a difference
// are those of include/timelapse/connection_config.h: they have to differ, or it is to be taken from there.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
)

type totals struct {
	equal, differing, wrong int
}

func (t *totals) take(c *testCase, theirs, ours profile) {
	equal := reflect.DeepEqual(theirs.comparable(), ours.comparable())
	switch {
	case equal && c.differs == "":
		t.equal++
	case !equal && c.differs != "":
		t.differing++
	default:
		t.wrong++
		fmt.Printf("%s: %s\n  sdk:  %s\n  ours: %s\n  env:  %q\n  text: %q\n",
			c.name, c.differs, theirs, ours, c.env, c.text)
	}
}

func (p profile) String() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func compare(cases []*testCase, path string, print bool) (totals, error) {
	var t totals
	reader, err := startReader(path)
	if err != nil {
		return t, err
	}
	for _, c := range cases {
		ours, err := reader.load(c)
		if err != nil {
			return t, fmt.Errorf("%s: %w", c.name, err)
		}
		theirs := loadSDK(c)
		if print {
			fmt.Printf("%s: %s\n", c.name, theirs)
		}
		t.take(c, theirs, ours)
	}
	return t, reader.stop()
}

func run() error {
	random := flag.Int("random", 2000, "how many random cases")
	seed := flag.Uint64("seed", 1, "of the random cases")
	print := flag.Bool("print", false, "prints each profile")
	flag.Parse()
	if flag.NArg() != 1 {
		return fmt.Errorf("usage: envconfig [-random N] [-seed S] [-print] READER")
	}
	directory, err := os.MkdirTemp("", "timelapse-envconfig-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	made, err := makeMaterial(directory)
	if err != nil {
		return err
	}
	cases := append(fixedCases(made), differingCases(made)...)
	cases = append(cases, randomCases(made, *seed, *random)...)
	t, err := compare(cases, flag.Arg(0), *print)
	if err != nil {
		return err
	}
	fmt.Printf("envconfig: %d cases equal, %d differ as listed, %d wrong\n", t.equal, t.differing, t.wrong)
	if t.wrong > 0 {
		return fmt.Errorf("the SDK reads them otherwise")
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "envconfig:", err)
		os.Exit(1)
	}
}
