//go:build !js

package link

import (
	"errors"
	"io"
	"net/url"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sluggish is the body of a handshake that takes its time over a write.
type sluggish struct {
	io.Reader

	takes  time.Duration
	err    error // of the write
	closed chan struct{}
}

func (b *sluggish) Write(p []byte) (int, error) {
	select {
	case <-time.After(b.takes):
		return len(p), b.err
	case <-b.closed:
		return 0, os.ErrClosed
	}
}

func (b *sluggish) Close() error {
	close(b.closed)
	return nil
}

// TestAWriteToABodyIsBounded writes to the body of a handshake of a middleware, which has no
// deadline of its own: an error after the deadline says so, and one before is the body's.
func TestAWriteToABodyIsBounded(t *testing.T) {
	t.Parallel()
	fault := errors.New("broken")
	for name, c := range map[string]struct {
		takes time.Duration
		err   error
		want  error
		after time.Duration
	}{
		"quick":  {time.Second, nil, nil, time.Second},
		"broken": {time.Second, fault, fault, time.Second},
		"slow":   {time.Minute, nil, os.ErrDeadlineExceeded, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x := newExchange(t.Context(), nil, &url.URL{Scheme: "ws"})
				body := &sluggish{takes: c.takes, err: c.err, closed: make(chan struct{})}
				x.body = body
				begin := time.Now()
				require.NoError(t, x.SetWriteDeadline(begin.Add(3*time.Second)))
				_, err := x.Write([]byte("a frame"))
				require.ErrorIs(t, err, c.want)
				assert.Equal(t, c.after, time.Since(begin))
				require.NoError(t, x.Close())
				<-body.closed
			})
		})
	}
}
