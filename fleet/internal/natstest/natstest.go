// Package natstest runs NATS servers that listen, for tests of processes that are killed,
// partitioned or spread over a cluster.
package natstest

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// Server is a NATS server of a test. It is for one goroutine.
type Server struct {
	o *server.Options
	s *server.Server
}

// Start starts a server with JetStream, which ends with the test. With maxStore above 0, it
// stores that many bytes on disk at most.
func Start(t *testing.T, maxStore int64) *Server {
	t.Helper()
	s := &Server{o: options(t, "single")}
	s.o.JetStreamMaxStore = maxStore
	s.Start(t)
	t.Cleanup(s.Stop)
	return s
}

// Secure starts a server like Start that speaks TLS only and knows one user.
func Secure(t *testing.T, tlsConfig *tls.Config, user, password string) *Server {
	t.Helper()
	s := &Server{o: options(t, "secure")}
	s.o.TLS, s.o.TLSConfig = true, tlsConfig
	s.o.Username, s.o.Password = user, password
	s.Start(t)
	t.Cleanup(s.Stop)
	return s
}

// Cluster starts servers of one cluster and waits for its leader.
func Cluster(t *testing.T, n int) []*Server {
	t.Helper()
	ports := make([]int, n)
	var routes []*url.URL
	for i := range ports {
		ports[i] = freePort(t)
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", ports[i])})
	}
	all := make([]*Server, n)
	for i := range all {
		s := &Server{o: options(t, fmt.Sprintf("node%d", i))}
		s.o.Cluster = server.ClusterOpts{Name: "fleet", Host: "127.0.0.1", Port: ports[i]}
		s.o.Routes = routes
		s.start(t)
		t.Cleanup(s.Stop)
		all[i] = s
	}
	require.Eventually(t, func() bool {
		for _, s := range all {
			if !s.s.JetStreamIsCurrent() || s.s.NumRoutes() < n-1 {
				return false
			}
		}
		return true
	}, 30*time.Second, 20*time.Millisecond, "the cluster has no leader")
	return all
}

func options(t *testing.T, name string) *server.Options {
	t.Helper()
	return &server.Options{
		ServerName: name, Host: "127.0.0.1", Port: freePort(t), NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(),
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	addr, ok := l.Addr().(*net.TCPAddr)
	require.True(t, ok)
	return addr.Port
}

// Start starts a server that was stopped, with its port and its files.
func (s *Server) Start(t *testing.T) {
	t.Helper()
	s.start(t)
	require.True(t, s.s.ReadyForConnections(30*time.Second), "the server is not ready")
}

func (s *Server) start(t *testing.T) {
	t.Helper()
	var err error
	s.s, err = server.NewServer(s.o)
	require.NoError(t, err)
	s.s.Start()
}

// Stop stops the server, once or more often.
func (s *Server) Stop() {
	s.s.Shutdown()
	s.s.WaitForShutdown()
}

// URL is the address of the server.
func (s *Server) URL() string { return "nats://" + s.Addr() }

// Addr is the address without its scheme.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.o.Port) }

// Name is the name of the server in its cluster.
func (s *Server) Name() string { return s.o.ServerName }
