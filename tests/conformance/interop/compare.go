// SPDX-License-Identifier: MIT

package main

import (
	_ "embed"
	"fmt"
	"io"
	"sort"
	"strings"
)

// What each case has to see: "name<TAB>text", a line each.
//
//go:embed wanted.tsv
var wantedLines string

func wanted() map[string]string { return readLines(wantedLines) }

func readLines(text string) map[string]string {
	lines := map[string]string{}
	for _, line := range strings.Split(text, "\n") {
		if name, text, is := strings.Cut(line, "\t"); is {
			lines[name] = text
		}
	}
	return lines
}

func namesOf(lines map[string]string) []string {
	names := []string{}
	for name := range lines {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// What is not as it has to be: another text, a case that was not run, one that nobody knows.
func complaints(wanted, seen map[string]string) []string {
	all := []string{}
	for _, name := range namesOf(wanted) {
		if got, is := seen[name]; !is || got != wanted[name] || got == "" {
			all = append(all, fmt.Sprintf("%s\n  saw    %s\n  wanted %s", name, got, wanted[name]))
		}
	}
	for _, name := range namesOf(seen) {
		if _, is := wanted[name]; !is {
			all = append(all, fmt.Sprintf("%s\t%s\n  is not in wanted.tsv", name, seen[name]))
		}
	}
	return all
}

func compare(out io.Writer, seen map[pairing]map[string]string) (passed, failed int) {
	all := wanted()
	for _, it := range pairings() {
		bad := complaints(all, seen[it])
		for _, text := range bad {
			fmt.Fprintf(out, "%s: %s\n", it, text)
		}
		fmt.Fprintf(out, "%s: %d cases\n", it, len(seen[it]))
		passed += len(all) - min(len(bad), len(all))
		failed += len(bad)
	}
	return passed, failed
}
