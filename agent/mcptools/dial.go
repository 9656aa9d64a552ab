package mcptools

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
)

// copyOf returns a command that can be started.
func copyOf(cmd *exec.Cmd) *exec.Cmd {
	env := cmd.Env
	if env == nil {
		env = plainEnv()
	}
	return &exec.Cmd{
		Path: cmd.Path, Args: cmd.Args, Env: env, Dir: cmd.Dir, Stderr: cmd.Stderr,
		ExtraFiles: cmd.ExtraFiles, SysProcAttr: cmd.SysProcAttr, Err: cmd.Err,
	}
}

// plainEnv returns the variables without which few programs run.
func plainEnv() []string {
	names := []string{"HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER"}
	if runtime.GOOS == "windows" {
		names = []string{
			"APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PATHEXT", "PROCESSOR_ARCHITECTURE",
			"PROGRAMFILES", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "TMP", "USERNAME", "USERPROFILE",
		}
	}
	env := []string{} // Not nil, which would be everything.
	for _, name := range names {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// httpClient returns the client for an address, and what closes its idle connections.
func httpClient(address string, o *Options) (client *http.Client, idle func(), err error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, nil, errors.New("mcptools: the address is no http or https URL")
	case u.User != nil:
		return nil, nil, errors.New("mcptools: the address holds credentials: use Options.Header")
	case u.Scheme == "http" && len(o.Header) > 0 && !local(u.Hostname()):
		return nil, nil, errors.New("mcptools: Options.Header requires https, or http on this machine")
	}
	client, idle = o.HTTPClient, func() {}
	if client == nil {
		client = &http.Client{}
		if t, ok := http.DefaultTransport.(*http.Transport); ok {
			client.Transport = t.Clone()
		}
		idle = client.CloseIdleConnections
	}
	if len(o.Header) == 0 {
		return client, idle, nil
	}
	with := *client
	with.Transport = &withHeader{next: client.Transport, header: o.Header.Clone(), origin: u.Scheme + "://" + u.Host}
	return &with, idle, nil
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// withHeader adds headers to the requests for one origin.
type withHeader struct {
	next   http.RoundTripper
	header http.Header
	origin string
}

func (t *withHeader) RoundTrip(r *http.Request) (*http.Response, error) {
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	if r.URL.Scheme+"://"+r.URL.Host == t.origin {
		r = r.Clone(r.Context())
		for name, values := range t.header {
			r.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	return next.RoundTrip(r)
}

// redacted returns an error whose text holds no query of an address.
func redacted(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
