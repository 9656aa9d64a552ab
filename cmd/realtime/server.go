package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// server is what a command connects to, by its flags and the environment.
type server struct {
	url, model  string
	plain       []string
	test, azure bool
}

func (s *server) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.url, "url", "", "base `URL` of the server (default: OPENAI_BASE_URL, or the service)")
	f.StringVar(&s.model, "model", string(api.ModelGPTRealtime2_1), "model, or deployment with --azure")
	f.StringSliceVar(&s.plain, "plain-host", nil, "`host` that may be reached without TLS; loopback always may")
	f.BoolVar(&s.azure, "azure", false, "use AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY")
	f.BoolVar(&s.test, "test", false, "use a test server in this process, without a key")
	cmd.MarkFlagsMutuallyExclusive("url", "azure", "test")
}

// base returns the base URL, "" for the service or Azure.
func (s *server) base() string {
	if s.url == "" && !s.azure {
		return os.Getenv("OPENAI_BASE_URL")
	}
	return s.url
}

// alone reports whether there is neither a key nor an address, or the test server is asked
// for.
func (s *server) alone() bool {
	return s.test || s.base() == "" && os.Getenv("OPENAI_API_KEY") == "" && !s.azure
}

// config returns the configuration of the client, and a function that ends the test
// server if there is one. The server is one in this process if there is neither a key nor
// an address.
func (s *server) config(o *output, test *realtimetest.Config) (*realtime.Config, func()) {
	if s.alone() {
		if !s.test {
			o.remark("OPENAI_API_KEY is not set: a test server in this process answers")
		}
		srv := realtimetest.NewServer(test)
		return &realtime.Config{APIKey: "no-key-needed", BaseURL: srv.URL, Proxy: realtime.NoProxy}, srv.Close
	}
	cfg := &realtime.Config{BaseURL: s.base(), PlainHosts: s.plain}
	if s.azure {
		cfg.Azure = &realtime.Azure{}
	}
	return cfg, func() {}
}

// anyClient is a check of credentials for test servers that clients reach without a key too.
func anyClient(realtimetest.Credential) error { return nil }

// client is config with a client.
func (s *server) client(o *output, test *realtimetest.Config) (*realtime.Client, func(), error) {
	cfg, end := s.config(o, test)
	client, err := realtime.NewClient(cfg)
	if err != nil {
		end()
		return nil, nil, err
	}
	return client, func() { client.CloseIdleConnections(); end() }, nil
}
