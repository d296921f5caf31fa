# SPDX-License-Identifier: MIT
# Totals of a ctest log (Testing/Temporary/LastTest.log), counted by cmocka's test cases; a test that
# prints none counts as one. -v slow=SECONDS names the tests that took longer, -v totals=FILE keeps
# "passed failed skipped" for later sums. Ends with the line of totals.

/^[0-9]+\/[0-9]+ Test(ing)?: / {
    name = $0
    sub(/^[0-9]+\/[0-9]+ Test(ing)?: /, "", name)
    if ($0 ~ /^[0-9]+\/[0-9]+ Testing: /) { run = 0; ok = 0; skip = 0; missing = 0; result = "" }
}
/^Command: ""$/ { missing = 1 } # the program is not there, and ctest calls it passed
/\[ RUN      \]/ { run++ }
/\[       OK \]/ { ok++ }
/\[  SKIPPED \] [0-9]+ test\(s\)/ { for (i = 1; i < NF; i++) if ($i == "]") skip += $(i + 1) }
/^Test time = / { seconds = $4; if (slow && seconds > slow) slow_lines = slow_lines sprintf("slow: %s took %s s\n", name, seconds) }
/^Test (Passed|Failed|Skipped|not run|timed out)/ { result = $0 }
/^".*" time elapsed: / { finish() }

function finish() {
    if (result ~ /Passed/ && !missing) {
        if (run == 0) passed++
        else { passed += ok; skipped += skip; failed += run - ok - skip }
    } else if (result ~ /Skipped/) {
        skipped++
    } else {
        bad = run - ok - skip
        passed += ok; skipped += skip; failed += bad > 0 ? bad : 1
        failures = failures "failed: " name "\n"
    }
}

END {
    printf "%s%s", slow_lines, failures
    if (totals) printf "%d %d %d\n", passed, failed, skipped > totals
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
}
