package caller

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/caller/internal/words"
	"github.com/voicelane/realtime-go/realtime"
	rt "github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/usage"
)

// voiced gives a scenario recordings of its texts.
func voiced(t *testing.T, s *Scenario) *Scenario {
	t.Helper()
	files := fstest.MapFS{}
	for _, step := range s.Steps {
		if text, ok := step.Do.(Say); ok {
			var b bytes.Buffer
			w := audio.NewWAVWriter(&b, audio.PCM16k, 1)
			_, err := w.Write(audio.PCM16k.AppendTone(nil, 440, 2*time.Second, 0.3))
			require.NoError(t, err)
			require.NoError(t, w.Close())
			files[path.Join("voices", strings.Join(words.Of(string(text)), "-")+".wav")] = &fstest.MapFile{Data: b.Bytes()}
		}
	}
	s.Voice, s.files = Voice{Recordings: "voices"}, files
	return s
}

// TestTheSameFileAgainstALiveServer runs the scenario files against a server of which the
// caller knows no more than an address.
func TestTheSameFileAgainstALiveServer(t *testing.T) {
	t.Parallel()
	prices := usage.Published()
	prices.Models["gpt-realtime"] = prices.Models["gpt-realtime-2.1"]
	slow := desk()
	slow.Tools[0].Func = agent.Fn(func(context.Context, flight) (string, error) {
		time.Sleep(6 * time.Second)
		return "two", nil
	})
	for file, a := range map[string]*agent.Agent{"booking": desk(), "drop": desk(), "slow": slow} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, prices.Models["gpt-realtime"])
			s := voiced(t, Load(t, path.Join("testdata", file+".yaml")))
			synctest.Test(t, func(t *testing.T) {
				script := *s.Script
				for _, step := range s.Steps {
					if text, ok := step.Do.(Say); ok {
						script.Heard = append(script.Heard, rt.Heard{Text: string(text)})
					}
				}
				script.Heard = append(script.Heard, rt.Heard{Text: "(cough)"})
				srv := rt.New(&rt.Config{Script: script, Pace: 3})
				defer srv.Close()
				o := &Options{Dir: t.TempDir(), Prices: prices, Live: &realtime.Config{BaseURL: srv.URL, APIKey: "any", DialContext: srv.DialContext, Proxy: realtime.NoProxy}}
				r, err := Run(t.Context(), s, hold(a), o)
				require.NoError(t, err)
				require.NoError(t, r.Err())
				assert.False(t, r.Scripted)
				require.NoError(t, r.CostErr)
				assert.Positive(t, r.Cost)
				report := &Report{}
				report.Add(s, r)
				assert.Empty(t, report.Failures())
				assert.Empty(t, report.Skipped())
				s.Limits.Cost = r.Cost - 1
				require.Len(t, report.Failures(), 1)
				assert.Regexp(t, `^.+  cost: 0\.\d+ a call is more than 0\.\d+$`, report.Failures()[0])
				assert.Contains(t, report.String(), "cost  "+r.Cost.String()+" a call\n")
			})
		})
	}
}

func TestInRealTimeOverANetwork(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	srv := rt.NewServer(&rt.Config{Script: rt.Script{Rules: []rt.Rule{answers(nil, "Yes?")}}})
	defer srv.Close()
	s := voiced(t, &Scenario{Name: "network", Steps: []Step{
		{Do: Say("Hello?"), Expect: []Expectation{Hears{Words: "yes"}}}, {Do: HangUp{}},
	}})
	report := Test(t, s, hold(desk()), &Options{Live: &realtime.Config{BaseURL: srv.URL, APIKey: "any"}})
	assert.Contains(t, report.String(), "1 call, live")
}

func TestAModelUnderstandsNoTones(t *testing.T) {
	t.Parallel()
	o := &Options{Live: &realtime.Config{}}
	_, err := Run(t.Context(), &Scenario{Name: "s", Steps: []Step{{Do: Say("Hello?")}}}, nil, o)
	require.ErrorContains(t, err, "a model does not understand tones: set the scenario's voice")
	_, err = Run(t.Context(), &Scenario{Name: "s", Steps: []Step{{Do: Drop{Code: 1011}}}}, nil, o)
	require.ErrorContains(t, err, "step 1: only a scripted server can close with code 1011")
}

func TestEspeak(t *testing.T) {
	t.Parallel()
	s := &Scenario{Name: "s", Voice: Voice{Espeak: "en"}, Steps: []Step{{Do: Say("To Berlin, on Tuesday.")}}}
	sounds, err := s.prepare(t.Context(), true)
	require.NoError(t, err)
	length := audio.PCM24k.Duration(len(sounds.steps[0]))
	assert.Greater(t, length, 500*time.Millisecond)
	if _, err := exec.LookPath("espeak-ng"); errors.Is(err, exec.ErrNotFound) {
		assert.Equal(t, []string{"voice: espeak-ng is not installed, the caller speaks in tones"}, sounds.notes)
		_, err = s.prepare(t.Context(), false)
		require.ErrorContains(t, err, "espeak-ng")
		return
	}
	assert.Empty(t, sounds.notes)
	s.Voice.Espeak = "xx-none"
	_, err = s.prepare(t.Context(), true)
	require.ErrorContains(t, err, "step 1: espeak-ng: exit status")
}

// TestTheLastWordOfAProgram ends calls whose program stays after its end.
func TestTheLastWordOfAProgram(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &Scenario{Name: "s", Steps: []Step{{Do: HangUp{}}}}
		began := time.Now()
		r, err := Run(t.Context(), s, func(ctx context.Context, c *Call) error {
			session, err := c.Connect(ctx, nil, nil)
			require.NoError(t, err)
			defer session.Close()
			<-ctx.Done()
			return nil
		}, &Options{Dir: t.TempDir()})
		require.NoError(t, err)
		require.Len(t, r.Failures, 1)
		assert.Contains(t, r.Failures[0].String(), "the program has not ended 30 s after the call")
		assert.Less(t, time.Since(began), time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = Run(ctx, s, func(ctx context.Context, _ *Call) error { <-ctx.Done(); return nil }, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
