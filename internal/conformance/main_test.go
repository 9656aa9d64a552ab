//go:build !js

package conformance

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	srv := NewServer()
	if err := os.Setenv(Variable, srv.URL); err != nil {
		panic(err)
	}
	code := m.Run()
	srv.Close()
	if err := goleak.Find(); err != nil {
		os.Stderr.WriteString(err.Error())
		code = 1
	}
	os.Exit(code)
}
