// Package proc runs the parts of a trial as processes of their own: the program starts
// itself again, in a role.
package proc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

const (
	roleEnv   = "FLEET_TRIAL_ROLE"
	configEnv = "FLEET_TRIAL_CONFIG"
	ready     = "ready "
)

// Role is the work of a process: config is what [Start] was given, and announce is called
// once with the address at which others reach the process.
type Role func(ctx context.Context, config []byte, announce func(address string)) error

// Main runs the role that this process was started for and exits. It returns if the
// process was not started by [Start]. A main function, or TestMain, calls it first.
func Main(roles map[string]Role) {
	name := os.Getenv(roleEnv)
	if name == "" {
		return
	}
	ctx, stop := signalled()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // It ends when the process does that started this one.
		os.Exit(1)
	}()
	err := fmt.Errorf("no role %q", name)
	if role := roles[name]; role != nil {
		err = role(ctx, []byte(os.Getenv(configEnv)), func(address string) { fmt.Println(ready + address) })
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Process is a child process.
type Process struct {
	// Name is the process's, and Address what it has announced.
	Name, Address string

	cmd  *exec.Cmd
	done chan struct{} // Closed when it has exited.
	err  error         // Set before done is closed.
}

// Start starts a process in a role and waits until it has announced its address. Its
// standard error goes to log.
func Start(ctx context.Context, role, name string, config any, log io.Writer) (*Process, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self) //nolint:gosec,noctx // It is this program, and lives until it is stopped or killed.
	cmd.Env = append(os.Environ(), roleEnv+"="+role, configEnv+"="+string(text))
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if _, err = cmd.StdinPipe(); err != nil { // It stays open for as long as this process lives.
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{Name: name, cmd: cmd, done: make(chan struct{})}
	announced := make(chan string, 1)
	go p.watch(out, announced)
	select {
	case p.Address = <-announced:
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("%s did not start: %w", name, errors.Join(p.err, errNoAddress))
	case <-ctx.Done():
		p.Kill()
		return nil, fmt.Errorf("%s did not start: %w", name, context.Cause(ctx))
	}
}

var errNoAddress = errors.New("it announced no address")

// watch reads the output until it ends, and waits for the process.
func (p *Process) watch(out io.Reader, announced chan<- string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), ready); ok {
			announced <- address
			break
		}
	}
	_, _ = io.Copy(io.Discard, out)
	p.err = p.cmd.Wait()
	close(p.done)
}

// Kill ends the process as a crash does, without any chance to clean up, and waits.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// Freeze stops the process where it is; its connections stay open. Wake continues it.
func (p *Process) Freeze() { p.signal(syscall.SIGSTOP) }

// Wake continues a frozen process.
func (p *Process) Wake() { p.signal(syscall.SIGCONT) }

// Terminate asks the process to finish. Wait tells when it has.
func (p *Process) Terminate() { p.signal(syscall.SIGTERM) }

// Wait waits until the process has exited and returns its error.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return fmt.Errorf("%s has not exited: %w", p.Name, context.Cause(ctx))
	}
}

// Done returns a channel that is closed when the process has exited.
func (p *Process) Done() <-chan struct{} { return p.done }

// signal sends a signal; a process that has exited needs none.
func (p *Process) signal(s os.Signal) { _ = p.cmd.Process.Signal(s) }
