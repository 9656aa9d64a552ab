// Command bench compares this module's codec with its peers, side by side in one
// process, and writes RESULTS.md, decode.svg and results.txt, which benchstat
// reads.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 300, "rounds in which every peer has a turn")
	turn := flag.Duration("turn", 5*time.Millisecond, "length of a turn")
	only := flag.String("only", "", "measure the groups whose name contains this, and print to standard output")
	dir := flag.String("dir", ".", "where to write")
	flag.Parse()
	if err := run(*rounds, *turn, *only, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// heap is what the process holds on to while it measures. With nothing alive the
// collector would run every 4 MB, and little else would be measured; the README
// tells what other sizes do to the figures.
const heap = 16 << 20

func run(rounds int, turn time.Duration, only, dir string) error {
	all := groups()
	if err := verify(all); err != nil {
		return err
	}
	ballast := make([]byte, heap)
	defer runtime.KeepAlive(ballast)
	var done []measured
	for _, g := range all {
		if strings.Contains(g.name, only) {
			fmt.Fprintln(os.Stderr, g.name)
			done = append(done, measured{g, measure(g, rounds, turn)})
		}
	}
	if only != "" {
		var b strings.Builder
		for i := range done {
			table(&b, &done[i])
		}
		fmt.Print(b.String())
		return nil
	}
	for name, text := range map[string]string{
		"RESULTS.md": report(done, rounds, turn), "decode.svg": plot(done), "results.txt": raw(done),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
