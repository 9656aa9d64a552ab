package main

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"regexp"
)

// excluded matches the tests that never count by default: those that measure speed, and
// those that edit the text of the package.
const excluded = "Speed|SeededBugs"

// options are the command's flags.
type options struct {
	gremlins  string
	skip      string
	sample    int
	seed      uint64
	short     bool
	workers   int
	threshold float64
	only      *regexp.Regexp
}

func parse(args []string) (options, []string, error) {
	var o options
	set := flag.NewFlagSet("mutation", flag.ContinueOnError)
	set.StringVar(&o.gremlins, "gremlins", "gremlins", "the gremlins `program`")
	set.IntVar(&o.sample, "sample", 0, "the `number` of covered mutants to try in each package (0: all)")
	set.StringVar(&o.skip, "skip", excluded, "a `regexp` of the tests that never count")
	set.Uint64Var(&o.seed, "seed", 1, "the `seed` of the sample")
	set.IntVar(&o.workers, "workers", 2, "the `number` of mutants to try at a time")
	set.Float64Var(&o.threshold, "threshold", 85, "the `percentage` of the covered mutants that must be killed")
	set.BoolVar(&o.short, "short", true, "run the tests with -short; otherwise a survivor of a package with random schedules takes a minute")
	only := set.String("only", "", "try mutants whose file:line:column matches the `regexp`")
	if err := set.Parse(args); err != nil {
		return o, nil, err
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, nil, fmt.Errorf("-only: %w", err)
	}
	if _, err = regexp.Compile(o.skip); err != nil {
		return o, nil, fmt.Errorf("-skip: %w", err)
	}
	if o.gremlins, err = filepath.Abs(o.gremlins); err != nil {
		return o, nil, err
	}
	if set.NArg() == 0 {
		return o, nil, errors.New("no package given; name folders such as wire")
	}
	return o, set.Args(), nil
}
