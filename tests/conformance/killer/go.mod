module timelapse/tests/conformance/killer

go 1.24
