// Package process runs the other processes of the comparison. Each reads requests, one
// line of JSON each, and answers each with a line.
package process

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Spec is a program, its arguments, environment and core.
type Spec struct {
	Name string
	Args []string
	Env  []string // added to the current environment
	Core int      // to which it is bound, counted from 0, or AnyCore
}

// AnyCore leaves a process unbound.
const AnyCore = -1

// answerTimeout bounds the wait for an answer.
const answerTimeout = 2 * time.Minute

// Child is a started process. It must be used by one goroutine.
type Child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Start starts a process. It ends when ctx ends, at Close, and when this process exits,
// which closes its input.
func Start(ctx context.Context, s Spec) (*Child, error) {
	cmd := exec.CommandContext(ctx, s.Name, s.Args...) //nolint:gosec // The command line is this program's own.
	cmd.Env = append(os.Environ(), s.Env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := bound(s.Core, cmd.Start); err != nil {
		return nil, err
	}
	return &Child{cmd, in, bufio.NewReaderSize(out, 1<<16)}, nil
}

// Self returns the Spec of this program with other arguments, bound to a core, with
// GOMAXPROCS 1.
func Self(core int, args ...string) (Spec, error) {
	path, err := os.Executable()
	return Spec{Name: path, Args: args, Env: []string{"GOMAXPROCS=1"}, Core: core}, err
}

// Ask sends a request and decodes the answer, an object. If there is no answer in time,
// it kills the process and returns an error.
func (c *Child) Ask(ctx context.Context, request, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = c.cmd.Process.Kill() })
	defer stop()
	if err := json.NewEncoder(c.in).Encode(request); err != nil {
		return err
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("%s did not answer: %w", filepath.Base(c.cmd.Path), err)
	}
	var failed struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(line, &failed); err != nil {
		return err
	}
	if failed.Error != "" {
		return errors.New(failed.Error)
	}
	return json.Unmarshal(line, answer)
}

// Close kills the process and waits for it.
func (c *Child) Close() {
	_ = c.in.Close()
	timer := time.AfterFunc(10*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer timer.Stop()
	_ = c.cmd.Wait()
}

// Serve runs the process's side: it answers each line of standard input until the input
// ends.
func Serve[T any](answer func(request T) (any, error)) error {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var request T
		if err := in.Decode(&request); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		reply, err := answer(request)
		if err != nil {
			reply = map[string]string{"error": err.Error()}
		}
		if err := out.Encode(reply); err != nil {
			return err
		}
	}
}

// CanNode returns why the programs in a directory cannot run in Node, or nil if they
// can.
func CanNode(dir string) error {
	if _, err := exec.LookPath("node"); err != nil {
		return errors.New("node is missing")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "openai")); err != nil {
		return errors.New("its package is not installed")
	}
	return nil
}

// Programs describes how to start the other processes of the comparison.
type Programs struct {
	Server, Client string // the arguments that select the process
	Node           string // the directory of the vendor's package
}

// Pause waits for d or until ctx ends.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
