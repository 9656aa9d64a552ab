package identity

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtime"
)

// issuer is a source that takes a second, and numbers its tokens.
type issuer struct {
	life  time.Duration
	calls int
	err   error
}

func (i *issuer) fetch(ctx context.Context) (string, time.Time, error) {
	i.calls++
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return "", time.Time{}, context.Cause(ctx)
	}
	if i.err != nil {
		return "", time.Time{}, i.err
	}
	if i.life == 0 {
		return "token " + strconv.Itoa(i.calls), time.Time{}, nil
	}
	return "token " + strconv.Itoa(i.calls), time.Now().Add(i.life), nil
}

// is checks what a call returned.
func is(t *testing.T, want string, got realtime.Credential, err error) {
	t.Helper()
	require.NoError(t, err)
	assert.True(t, got.Equal(realtime.Token(want)), "want %s", want)
}

func TestCachedSharesOneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{life: time.Hour}
		f := Cached(i.fetch)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				c, err := f(t.Context())
				is(t, "token 1", c, err)
			})
		}
		all.Wait()
		assert.Equal(t, 1, i.calls)
		c, err := f(t.Context())
		is(t, "token 1", c, err)
		assert.Equal(t, 1, i.calls)
	})
}

func TestCachedRenewsBeforeTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{life: 20 * time.Minute}
		f := Cached(i.fetch)
		c, err := f(t.Context())
		is(t, "token 1", c, err)
		time.Sleep(17 * time.Minute)
		c, err = f(t.Context())
		is(t, "token 1", c, err)

		time.Sleep(90 * time.Second) // In the last tenth one call renews, and others do not wait.
		renewed := make(chan struct{})
		go func() {
			c, err := f(t.Context())
			is(t, "token 2", c, err)
			close(renewed)
		}()
		synctest.Wait()
		begin := time.Now()
		c, err = f(t.Context())
		is(t, "token 1", c, err)
		assert.Zero(t, time.Since(begin))
		<-renewed

		time.Sleep(18*time.Minute + 30*time.Second)
		i.err = errors.New("down")
		c, err = f(t.Context())
		is(t, "token 2", c, err)
		time.Sleep(2 * time.Minute)
		_, err = f(t.Context())
		require.ErrorIs(t, err, i.err, "it has expired")
		i.err = nil
		c, err = f(t.Context())
		require.NoError(t, err)
		assert.False(t, c.Equal(realtime.Token("token 2")))
	})
}

func TestCachedEndsWithContexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{life: time.Hour}
		f := Cached(i.fetch)
		why := errors.New("hung up")
		first, cancel := context.WithCancelCause(t.Context())
		second, cancelSecond := context.WithCancelCause(t.Context())
		fails := make(chan error, 2)
		for _, ctx := range []context.Context{first, second} {
			go func() {
				_, err := f(ctx)
				fails <- err
			}()
			synctest.Wait()
		}
		got := make(chan realtime.Credential)
		go func() {
			c, err := f(t.Context())
			assert.NoError(t, err)
			got <- c
		}()
		synctest.Wait()
		cancelSecond(why)
		require.ErrorIs(t, <-fails, why)
		cancel(why)
		require.ErrorIs(t, <-fails, why)
		is(t, "token 2", <-got, nil)
		assert.Equal(t, 2, i.calls, "the one that waits has taken over")
	})
}

func TestCachedSharesAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{err: errors.New("down")}
		f := Cached(i.fetch)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				_, err := f(t.Context())
				assert.ErrorIs(t, err, i.err)
			})
		}
		all.Wait()
		assert.Equal(t, 1, i.calls)
	})
}

func TestCachedRefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]Source{
		"empty":   func(context.Context) (string, time.Time, error) { return " ", time.Time{}, nil },
		"expired": func(context.Context) (string, time.Time, error) { return "t", time.Now().Add(-time.Second), nil },
	} {
		_, err := Cached(source)(t.Context())
		require.ErrorIs(t, err, ErrNoToken, name)
	}
	panics := true
	f := Cached(func(context.Context) (string, time.Time, error) {
		if panics {
			panic("a bug")
		}
		return "t", time.Time{}, nil
	})
	assert.Panics(t, func() { _, _ = f(t.Context()) })
	panics = false
	c, err := f(t.Context())
	is(t, "t", c, err)
}
