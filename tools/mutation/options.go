package main

import (
	"errors"
	"flag"
	"fmt"
	"regexp"
)

// options are the command's flags.
type options struct {
	gremlins  string
	cache     string
	sample    int
	seed      uint64
	workers   int
	threshold float64
	only      *regexp.Regexp
}

func parse(args []string) (options, []string, error) {
	var o options
	set := flag.NewFlagSet("mutation", flag.ContinueOnError)
	set.StringVar(&o.gremlins, "gremlins", "gremlins", "the gremlins `program`")
	set.StringVar(&o.cache, "cache", "", "the `folder` for builds, kept from run to run (default: a temporary one)")
	set.IntVar(&o.sample, "sample", 0, "the `number` of covered mutants to try in each package (0: all)")
	set.Uint64Var(&o.seed, "seed", 1, "the `seed` of the sample")
	set.IntVar(&o.workers, "workers", 2, "the `number` of mutants to try at a time")
	set.Float64Var(&o.threshold, "threshold", 85, "the `percentage` of the covered mutants that must be killed")
	only := set.String("only", "", "try mutants whose file:line:column matches the `regexp`")
	if err := set.Parse(args); err != nil {
		return o, nil, err
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, nil, fmt.Errorf("-only: %w", err)
	}
	if set.NArg() == 0 {
		return o, nil, errors.New("no package given; name folders such as wire")
	}
	return o, set.Args(), nil
}
