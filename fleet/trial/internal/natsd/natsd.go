// Package natsd is a NATS server of a trial, in a process of its own.
package natsd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Config is the configuration of the role.
type Config struct {
	// Name is the server's, and Dir holds its files.
	Name, Dir string
	// Port is where clients connect, Route where the servers of a cluster do, whose routes
	// are Routes. A single server has neither.
	Port, Route int
	Routes      []string
}

// Cluster returns the configurations of n servers on free ports, with their files below
// dir: of a cluster if there are several.
func Cluster(ctx context.Context, n int, dir string) ([]Config, error) {
	ports, err := freePorts(ctx, 2*n)
	if err != nil {
		return nil, err
	}
	nodes := make([]Config, n)
	for i := range nodes {
		nodes[i] = Config{Name: fmt.Sprintf("nats-%d", i+1), Dir: fmt.Sprintf("%s/nats-%d", dir, i+1), Port: ports[2*i]}
		if n == 1 {
			break
		}
		nodes[i].Route = ports[2*i+1]
		for j := range n {
			if j != i {
				nodes[i].Routes = append(nodes[i].Routes, fmt.Sprintf("nats://127.0.0.1:%d", ports[2*j+1]))
			}
		}
	}
	return nodes, nil
}

// freePorts returns ports that were free a moment ago.
func freePorts(ctx context.Context, n int) ([]int, error) {
	var lc net.ListenConfig
	ports := make([]int, n)
	for i := range ports {
		l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }()
		a, ok := l.Addr().(*net.TCPAddr)
		if !ok {
			return nil, fmt.Errorf("no TCP address: %s", l.Addr())
		}
		ports[i] = a.Port
	}
	return ports, nil
}

// Run serves until the context ends.
func Run(ctx context.Context, config []byte, announce func(string)) error {
	var cfg Config
	if err := json.Unmarshal(config, &cfg); err != nil {
		return err
	}
	o := &server.Options{
		ServerName: cfg.Name, Host: "127.0.0.1", Port: cfg.Port, NoSigs: true,
		JetStream: true, StoreDir: cfg.Dir,
		// The defaults keep a vanished worker connected for minutes.
		PingInterval: 5 * time.Second, MaxPingsOut: 2,
	}
	if len(cfg.Routes) > 0 {
		o.Cluster = server.ClusterOpts{Name: "trial", Host: "127.0.0.1", Port: cfg.Route}
		o.Routes = server.RoutesFromStr(strings.Join(cfg.Routes, ","))
	}
	s, err := server.NewServer(o)
	if err != nil {
		return fmt.Errorf("nats-server: %w", err)
	}
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	if !s.ReadyForConnections(10 * time.Second) {
		return errors.New("nats-server is not ready after 10 s")
	}
	if len(cfg.Routes) > 0 {
		if err := elected(ctx, s); err != nil {
			return err
		}
	}
	announce(s.ClientURL())
	<-ctx.Done()
	return nil
}

// elected waits until the servers of a cluster have a leader.
func elected(ctx context.Context, s *server.Server) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !s.JetStreamIsCurrent() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
