package mcptools

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/voicelane/realtime-go/agent"
)

// Options are the settings of a [Server]. Nil and the zero value are the defaults.
type Options struct {
	// Prefix is put before the names of the tools, to tell servers apart.
	Prefix string
	// Approve is the Approve of every tool: it decides on each call. Nil lets all pass.
	Approve func(ctx context.Context, c *agent.Call) error
	// Adapt is called for each tool that the server lists, and may change everything but
	// Func: its Timeout, Approve, Filler, Once and the like. What the server describes of a tool
	// is its own claim. False leaves the tool out.
	Adapt func(t *agent.Tool, from *mcp.Tool) bool

	// Header is sent with every request over HTTP, to the address given and no redirect's
	// target. It requires https, or http on this machine.
	Header http.Header
	// HTTPClient is used for HTTP. Nil is a client of the server's own.
	HTTPClient *http.Client

	// Client answers requests of the server: for sampling, elicitation and roots. Nil offers
	// none of them.
	Client *mcp.ClientOptions
	// Log gets records of tools that are left out and of refreshes that failed; nil: none.
	Log *slog.Logger
}

// ErrClosed is returned by calls on a [Server] that is closed.
var ErrClosed = errors.New("mcptools: closed")

// maxTools bounds the tools of a server, whose list may have no end.
const maxTools = 1000

// Server is an MCP server whose tools agents use. Any number of agents and conversations
// may share it. All methods may be called from any goroutine.
type Server struct {
	o      Options
	log    *slog.Logger
	dial   func() mcp.Transport
	client *mcp.Client
	idle   func() // closes connections that are kept

	opening chan struct{} // has room for one: the right to open a session

	mu        sync.Mutex // guards what follows
	session   *mcp.ClientSession
	closed    bool
	followers map[chan struct{}]bool // each has room for one
}

// Command starts a command that is an MCP server on its standard input and output. cmd is
// a pattern of which copies are started; its context is not used. If its Env is nil the
// server gets only what programs need in general, such as PATH and HOME, and no
// credential of this program.
//
// Command returns once the server has answered; ctx bounds that alone.
func Command(ctx context.Context, cmd *exec.Cmd, o *Options) (*Server, error) {
	return open(ctx, func() mcp.Transport { return &mcp.CommandTransport{Command: copyOf(cmd)} }, nil, o)
}

// HTTP connects to the MCP server at an address, over streamable HTTP. Credentials belong
// in Options.Header or Options.HTTPClient, not in the address. It returns once the server
// has answered; ctx bounds that alone.
func HTTP(ctx context.Context, address string, o *Options) (*Server, error) {
	if o == nil {
		o = &Options{}
	}
	client, idle, err := httpClient(address, o)
	if err != nil {
		return nil, err
	}
	return open(ctx, func() mcp.Transport {
		return &mcp.StreamableClientTransport{Endpoint: address, HTTPClient: client}
	}, idle, o)
}

// Connect uses a transport of the program's choice. dial is called for each connection.
func Connect(ctx context.Context, dial func() mcp.Transport, o *Options) (*Server, error) {
	return open(ctx, dial, nil, o)
}

func open(ctx context.Context, dial func() mcp.Transport, idle func(), o *Options) (*Server, error) {
	s := &Server{dial: dial, idle: idle, opening: make(chan struct{}, 1), followers: map[chan struct{}]bool{}}
	if o != nil {
		s.o = *o
	}
	if s.log = s.o.Log; s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.client = mcp.NewClient(&mcp.Implementation{Name: "realtime-go", Version: "0"}, s.clientOptions())
	if _, err := s.live(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// clientOptions are those of the program, with a handler for changes.
func (s *Server) clientOptions() *mcp.ClientOptions {
	o := mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}}
	if s.o.Client != nil {
		o = *s.o.Client
	}
	theirs := o.ToolListChangedHandler
	o.ToolListChangedHandler = func(ctx context.Context, r *mcp.ToolListChangedRequest) {
		s.changed()
		if theirs != nil {
			theirs(ctx, r)
		}
	}
	return &o
}

// changed wakes the followers.
func (s *Server) changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for f := range s.followers {
		select {
		case f <- struct{}{}:
		default: // A change is pending already.
		}
	}
}

// present returns the session that is open, or nil.
func (s *Server) present() (*mcp.ClientSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	return s.session, nil
}

// live returns a session, which it opens if there is none.
func (s *Server) live(ctx context.Context) (*mcp.ClientSession, error) {
	select {
	case s.opening <- struct{}{}:
		defer func() { <-s.opening }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if session, err := s.present(); session != nil || err != nil {
		return session, err
	}
	session, err := s.client.Connect(ctx, s.dial(), nil)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("mcptools: connect to the server: %w", redacted(err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.Join(ErrClosed, ended(session.Close()))
	}
	s.session = session
	go s.watch(session)
	return session, nil
}

// watch forgets a session when it ends.
func (s *Server) watch(session *mcp.ClientSession) {
	_ = session.Wait() // The next use opens another.
	s.forget(session)
	_ = session.Close() // Ends what is left of a process.
}

func (s *Server) forget(session *mcp.ClientSession) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == session {
		s.session = nil
	}
}

// Session returns the MCP session, for resources, prompts and the like; nil while there
// is none.
func (s *Server) Session() *mcp.ClientSession {
	session, _ := s.present()
	return session
}

// Close ends the server: a command gets the end of its input, five seconds later a
// signal, and is killed after five more. Calls under way fail. The second Close does
// nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	session := s.session
	s.session, s.closed = nil, true
	for f := range s.followers {
		close(f)
	}
	clear(s.followers)
	s.mu.Unlock()
	var err error
	if session != nil {
		err = ended(session.Close())
	}
	if s.idle != nil {
		s.idle()
	}
	return err
}

// ended returns the error of a close, unless it is the exit status of a process.
func ended(err error) error {
	if _, exited := errors.AsType[*exec.ExitError](err); exited || err == nil {
		return nil
	}
	return fmt.Errorf("mcptools: close: %w", redacted(err))
}
