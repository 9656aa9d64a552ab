package outage

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/link"
)

var (
	errLost  = errors.New("lost")
	errBusy  = errors.New("busy")
	errFatal = errors.New("fatal")
)

// someLink is a link that can only be aborted.
type someLink struct {
	link.Link

	aborted int
}

func (l *someLink) Abort() { l.aborted++ }

// script is a Replacement whose attempts fail with errors in turn, then succeed.
type script struct {
	fails  []error
	refuse error // of Announce
	begin  time.Time

	delays []time.Duration // as announced
	whys   []error
	at     []time.Duration // of the attempts
	bounds []time.Duration // of the attempts' contexts
	link   someLink
}

func (s *script) Announce(attempt int, delay time.Duration, why error) error {
	s.delays, s.whys = append(s.delays, delay), append(s.whys, why)
	return s.refuse
}

func (s *script) Establish(ctx context.Context) (link.Link, error) {
	s.at = append(s.at, time.Since(s.begin))
	bound := time.Duration(0)
	if end, ok := ctx.Deadline(); ok {
		bound = time.Until(end)
	}
	s.bounds = append(s.bounds, bound)
	if len(s.fails) > 0 {
		err := s.fails[0]
		s.fails = s.fails[1:]
		return nil, err
	}
	return &s.link, nil
}

func policy() Policy {
	return Policy{
		Attempts: 4, InitialDelay: 100 * time.Millisecond, MaxDelay: 300 * time.Millisecond, Timeout: time.Minute,
		WorthRetry: func(err error) bool { return !errors.Is(err, errFatal) },
		Renew:      func(context.Context, error) bool { return false },
		RetryAfter: func(err error) time.Duration {
			if errors.Is(err, errBusy) {
				return time.Hour
			}
			return 0
		},
	}
}

// within checks a pause that is shortened at random by up to a quarter.
func within(t *testing.T, want, got time.Duration) {
	t.Helper()
	assert.LessOrEqual(t, got, want)
	assert.GreaterOrEqual(t, got, want*3/4)
}

func TestReplaceMakesPausesThatGrow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := New(policy())
		s := &script{fails: []error{errors.New("1"), errors.New("2"), errors.New("3")}, begin: time.Now()}
		l, err := o.Replace(t.Context(), errLost, false, s)
		require.NoError(t, err)
		assert.Same(t, &s.link, l)
		assert.Equal(t, 4, o.Attempts())
		require.Len(t, s.delays, 4)
		for i, want := range []int{100, 200, 300, 300} {
			within(t, time.Duration(want)*time.Millisecond, s.delays[i])
		}
		total := time.Duration(0)
		for i, at := range s.at {
			total += s.delays[i]
			assert.Equal(t, total, at, "attempt %d waits as announced", i+1)
			assert.Equal(t, time.Minute, s.bounds[i])
		}
		assert.Equal(t, errLost, s.whys[0])
		assert.EqualError(t, s.whys[3], "3")
	})
}

func TestReplaceGivesUp(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fails    []error
		refuse   error
		want     error
		attempts int
	}{
		"after its attempts":   {fails: []error{errLost, errLost, errLost, errors.New("other"), errFatal}, attempts: 4},
		"at a final failure":   {fails: []error{errLost, errFatal}, want: errFatal, attempts: 2},
		"with the receiver":    {refuse: errFatal, want: errFatal},
		"with its own session": {fails: []error{context.Canceled}, attempts: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				p := policy()
				if name == "with its own session" {
					p.WorthRetry = func(error) bool { cancel(); return true }
				}
				s := &script{fails: tc.fails, refuse: tc.refuse, begin: time.Now()}
				_, err := New(p).Replace(ctx, errLost, false, s)
				require.Error(t, err)
				if tc.want != nil {
					require.ErrorIs(t, err, tc.want)
				}
				assert.Len(t, s.at, tc.attempts)
			})
		})
	}
}

func TestReplaceGrantsTheServersPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{begin: time.Now()}
		_, err := New(policy()).Replace(t.Context(), errBusy, true, s)
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{time.Minute}, s.at, "a minute at most, even for a first attempt without a pause")

		s = &script{begin: time.Now()}
		_, err = New(policy()).Replace(t.Context(), errLost, true, s)
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{0}, s.at)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s = &script{begin: time.Now()}
		_, err = New(policy()).Replace(ctx, errBusy, false, s)
		require.ErrorIs(t, err, errBusy, "an end during a pause shows why there was one")
		assert.Empty(t, s.at)
	})
}

// TestAttemptsCountPerOutage loses a link soon after it was made, which continues the
// outage, and then one that has lived.
func TestAttemptsCountPerOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := policy()
		p.Timeout = 0
		o := New(p)
		replace := func(fails ...error) (*script, error) {
			s := &script{fails: fails, begin: time.Now()}
			_, err := o.Replace(t.Context(), errLost, false, s)
			return s, err
		}
		s, err := replace(errLost, errLost)
		require.NoError(t, err)
		assert.Equal(t, []time.Duration{0, 0, 0}, s.bounds, "no bound was asked for")
		_, err = replace()
		require.NoError(t, err)
		_, err = replace()
		require.ErrorIs(t, err, errLost, "four attempts are made")

		time.Sleep(stableAfter + 1)
		_, err = replace(errLost, errLost, errLost)
		require.NoError(t, err)
		assert.Equal(t, 4, o.Attempts())
	})
}

func TestRestoreEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l someLink
		require.NoError(t, Restore(t.Context(), &l, func() error { return nil }))
		assert.Zero(t, l.aborted)
		require.ErrorIs(t, Restore(t.Context(), &l, func() error { return errLost }), errLost)
		assert.Equal(t, 1, l.aborted)

		l = someLink{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := Restore(ctx, &l, func() error {
			time.Sleep(time.Minute)
			synctest.Wait()
			assert.Equal(t, 1, l.aborted, "the end aborts the link below a restoration that hangs")
			return nil
		})
		require.ErrorIs(t, err, context.DeadlineExceeded, "a link that was aborted is not used")
	})
}

// opening is what Policy.Open runs: it fails with errors in turn, then succeeds.
type opening struct {
	fails []error
	begin time.Time
	at    []time.Duration
}

func (o *opening) open() error {
	o.at = append(o.at, time.Since(o.begin))
	if len(o.fails) == 0 {
		return nil
	}
	err := o.fails[0]
	o.fails = o.fails[1:]
	return err
}

func TestOpenRepeatsWhatMaySucceed(t *testing.T) {
	t.Parallel()
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	other := errors.New("other")
	for name, tc := range map[string]struct {
		attempts int
		fails    []error
		want     error
		pauses   []time.Duration // the longest before each run
	}{
		"at once":         {attempts: 3, pauses: []time.Duration{0}},
		"one by default":  {fails: []error{errLost}, want: errLost, pauses: []time.Duration{0}},
		"after failures":  {attempts: 4, fails: []error{errLost, errLost, errLost}, pauses: []time.Duration{0, ms(100), ms(200), ms(300)}},
		"within bounds":   {attempts: 2, fails: []error{errLost, other, errLost}, want: other, pauses: []time.Duration{0, ms(100)}},
		"a final failure": {attempts: 4, fails: []error{errLost, errFatal}, want: errFatal, pauses: []time.Duration{0, ms(100)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := policy()
				p.Attempts = tc.attempts
				o := &opening{fails: tc.fails, begin: time.Now()}
				require.ErrorIs(t, p.Open(t.Context(), o.open), tc.want)
				require.Len(t, o.at, len(tc.pauses))
				for i := 1; i < len(o.at); i++ {
					within(t, tc.pauses[i], o.at[i]-o.at[i-1])
				}
			})
		})
	}
}

func TestOpenGrantsTheServersPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := policy()
		o := &opening{fails: []error{errBusy}, begin: time.Now()}
		require.NoError(t, p.Open(t.Context(), o.open))
		assert.Equal(t, []time.Duration{0, time.Minute}, o.at, "a minute at most")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		o = &opening{fails: []error{errBusy}, begin: time.Now()}
		require.ErrorIs(t, p.Open(ctx, o.open), errBusy, "an end during a pause shows why there was one")
		assert.Equal(t, time.Second, time.Since(o.begin))
	})
}

// TestARenewalIsNoRepetition renews a credential once, in an opening and in an outage.
func TestARenewalIsNoRepetition(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := policy()
		p.Attempts = 1
		renewed := false
		p.Renew = func(_ context.Context, err error) bool {
			first := errors.Is(err, errFatal) && !renewed
			renewed = renewed || first
			return first
		}
		o := &opening{fails: []error{errFatal, errFatal, errFatal}, begin: time.Now()}
		require.ErrorIs(t, p.Open(t.Context(), o.open), errFatal)
		assert.Equal(t, []time.Duration{0, 0}, o.at, "once more, at once, though one attempt is allowed")

		renewed, p.Attempts = false, 4
		s := &script{fails: []error{errFatal, errFatal, errFatal}, begin: time.Now()}
		_, err := New(p).Replace(t.Context(), errLost, false, s)
		require.ErrorIs(t, err, errFatal)
		assert.Len(t, s.at, 2, "a refusal that no renewal undoes is final")
	})
}
