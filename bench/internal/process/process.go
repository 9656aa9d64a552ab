// Package process runs the comparison's other processes: each reads requests, a
// line of JSON each, and answers every one with a line.
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

// Spec says what to run and where.
type Spec struct {
	Name string
	Args []string
	Env  []string // added to our own
	Core int      // that it is bound to, counted from 0, or AnyCore
}

// AnyCore binds a process to none.
const AnyCore = -1

// answerTimeout bounds the wait for one answer.
const answerTimeout = 2 * time.Minute

// Child is a process that answers. It is for one goroutine.
type Child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Start starts a process. It ends when the context or Close ends it, or with this
// process, whose end closes its input.
func Start(ctx context.Context, s Spec) (*Child, error) {
	cmd := exec.CommandContext(ctx, s.Name, s.Args...)
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

// Self is this program with other arguments, bound to a core and to one thread of
// Go code.
func Self(core int, args ...string) (Spec, error) {
	path, err := os.Executable()
	return Spec{Name: path, Args: args, Env: []string{"GOMAXPROCS=1"}, Core: core}, err
}

// Ask sends a request and waits for its answer, an object. A process that does not answer is
// ended.
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

// Close ends the process and waits for it.
func (c *Child) Close() {
	_ = c.in.Close()
	timer := time.AfterFunc(10*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer timer.Stop()
	_ = c.cmd.Wait()
}

// Serve is the other side: it answers every line of standard input until that
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

// CanNode says why the programs in a directory cannot run in Node; nil if they
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

// Programs says how the comparison's other processes are started.
type Programs struct {
	Server, Client string // the arguments that make this program one
	Node           string // the directory of the vendor's package
}

// Pause waits, or ends early with the context.
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
