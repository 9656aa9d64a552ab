package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"rtc_AZ-09": "rtc_AZ-09", "a.b": "a=2Eb", "a*>": "a=2A=3E", "a=2E": "a=3D2E", "é /": "=C3=A9=20=2F", "": "",
	} {
		assert.Equal(t, want, token(text))
	}
}

// TestACallHasOneShard: the shard depends on the id alone, and all are used.
func TestACallHasOneShard(t *testing.T) {
	t.Parallel()
	n := names{"voice", 12}
	used := map[int]int{}
	for i := range 1000 {
		id := "rtc_" + strings.Repeat("x", i%7) + time.Duration(i).String()
		used[n.shard(id)]++
		assert.Equal(t, n.subject(id), n.subject(id))
	}
	assert.Len(t, used, 12)
}

func TestConfigsThatDoNotFit(t *testing.T) {
	for name, c := range map[string]Config{
		"Name":     {Name: "a.b", URL: "x"},
		"Lease":    {Lease: time.Millisecond, URL: "x"},
		"Shards":   {Shards: -1, URL: "x"},
		"Replicas": {Replicas: 6, URL: "x"},
		"URL":      {},
		"Conn":     {Conn: &nats.Conn{}},
	} {
		t.Setenv("NATS_URL", "")
		_, err := Open(t.Context(), &c)
		e, ok := errors.AsType[*ConfigError](err)
		require.True(t, ok, "%s: %v", name, err)
		require.Len(t, e.Settings, 1, name)
		assert.Equal(t, name, e.Settings[0].Name)
		assert.Contains(t, err.Error(), name+" is ")
	}
	c, err := Config{URL: "x"}.withDefaults()
	require.NoError(t, err)
	f := &Fleet{cfg: c}
	assert.Equal(t, 3500*time.Millisecond, c.Lease-f.margin(), "a restart of a server shortens a lease by a second")
	assert.Equal(t, 500*time.Millisecond, f.within())
}

// TestPlacesInRandomSchedules holds places to their invariant.
func TestPlacesInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := newPlaces(1 + r.IntN(8))
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		held, pulled := 0, 0
		var lines []func()
		for range 200 {
			switch r.IntN(7) {
			case 0, 1:
				n := p.reserve(ended, 4, 1+r.IntN(3))
				if free := p.capacity - held - len(lines) - pulled; free > 0 {
					require.Positive(t, n)
					require.LessOrEqual(t, n, free)
				} else {
					require.Zero(t, n)
				}
				pulled += n
			case 2:
				if pulled > 0 {
					pulled--
					fits := held+len(lines) < p.capacity
					require.Equal(t, fits, p.fill())
					if fits {
						held++
					}
				}
			case 3:
				if pulled > 0 {
					pulled--
					p.unreserve(1)
				}
			case 4:
				if held > 0 {
					held--
					p.release()
				}
			case 5:
				fits := held+len(lines) < p.capacity
				require.Equal(t, fits, p.admit())
				if fits {
					lines = append(lines, p.releaser())
				}
			case 6:
				if len(lines) > 0 {
					lines[0]()
					lines[0]()
					lines = lines[1:]
				}
			}
			h, l, closed := p.count()
			require.Equal(t, held+len(lines), h, seed)
			require.Equal(t, len(lines), l, seed)
			require.LessOrEqual(t, h, p.capacity)
			require.False(t, closed)
		}
		p.close()
		require.False(t, p.admit())
		require.Zero(t, p.reserve(t.Context(), 4, 1))
		require.Equal(t, len(lines) == 0, p.quiet(ended))
	}
}

// TestOpenWaitsForACluster: these errors pass while servers start, and others do not.
func TestOpenWaitsForACluster(t *testing.T) {
	t.Parallel()
	passing := []error{
		context.DeadlineExceeded, nats.ErrTimeout, nats.ErrNoResponders,
		&jetstream.APIError{Code: 503, ErrorCode: 10008, Description: "JetStream system temporarily unavailable"},
		&jetstream.APIError{Code: 400, ErrorCode: 10005, Description: "no suitable peers for placement"},
	}
	for _, err := range passing {
		assert.True(t, unanswered(fmt.Errorf("fleet: make stream: %w", err)), err)
	}
	for _, err := range []error{
		context.Canceled, nats.ErrConnectionClosed, nats.ErrAuthorization,
		&jetstream.APIError{Code: 400, ErrorCode: 10058, Description: "stream name already in use with a different configuration"},
		&jetstream.APIError{Code: 500, ErrorCode: 10074, Description: "replicas > 1 not supported in non-clustered mode"},
	} {
		assert.False(t, unanswered(err), err)
	}
}
