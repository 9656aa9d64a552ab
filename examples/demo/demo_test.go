package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// converse runs the demo with an in-process server inside a synctest bubble, where its
// ten seconds take no time.
func converse(ctx context.Context, t *testing.T, change func(*realtimetest.Config)) (log, wav string, err error) {
	t.Helper()
	r, err := readRecordings()
	require.NoError(t, err)
	serverCfg := serverConfig(r)
	if change != nil {
		change(serverCfg)
	}
	srv := realtimetest.New(serverCfg)
	defer srv.Close()
	cfg := &realtime.Config{APIKey: "test", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy}
	wav = filepath.Join(t.TempDir(), "new", "conversation.wav")
	var out bytes.Buffer
	err = demo(ctx, cfg, r, wav, "gpt-realtime", &out)
	return out.String(), wav, err
}

func TestDemo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		log, wav, err := converse(t.Context(), t, nil)
		require.NoError(t, err)
		t.Log("\n" + log)
		assert.Less(t, time.Since(began), 15*time.Second)

		assertInOrder(t, log,
			`connect +ws://localhost/v1/realtime\?model=gpt-realtime`, `session +sess_\d+, model gpt-realtime`,
			`server +speech starts`, `server +speech ends`, `model +response starts`, `you said +"`+questionText[:20],
			`first audio, 0\.\d\d s after`, `audio deltas`, `server +speech starts`,
			`cancelled, turn_detected`, `server +truncates the answer at 1\.\d\d s`, `you said +"`+interruptionText,
			`first audio, 0\.\d\d s after`, `completed; \d+ tokens in, \d+ out`,
			`summary +2 turns, \d+ events`, `audio: \d+\.\d s sent, \d+\.\d s received, \d+\.\d s heard`,
			`turn 1: first audio after 0\.\d\d s; cancelled, interrupted at 1\.\d\d s`, `you: +"What will`, `model: "On Saturday`,
			`turn 2: first audio after 0\.\d\d s; completed`, `you: +"Wait, and tomorrow\?"`, `model: "`+tomorrowText,
			`written`,
		)
		assert.Less(t, strings.Count(log, "\n"), 40, "deltas share lines")

		user, model := readWAV(t, wav, 1), readWAV(t, wav, 2)
		require.Len(t, model, len(user), "on one clock")
		r, err := readRecordings()
		require.NoError(t, err)
		asked := bytes.Index(user, r.question)
		require.GreaterOrEqual(t, asked, 0)
		answered := bytes.Index(model, r.answer[:audio.PCM24k.Bytes(time.Second)])
		require.Greater(t, answered, asked+len(r.question), "the model answers afterwards")
		interrupted := bytes.Index(user, r.interruption)
		require.Greater(t, interrupted, answered, "the user speaks while the model does")
		assert.Negative(t, bytes.Index(model, r.answer[:audio.PCM24k.Bytes(1800*time.Millisecond)]), "the answer is cut")
		assert.Greater(t, bytes.Index(model, r.tomorrow), interrupted+len(r.interruption), "then the whole of the second")
		assertNoClick(t, model[:interrupted+len(r.interruption)])
	})
}

// assertNoClick asserts that the answer ends in a fade: its last millisecond is quiet beside
// the 20 ms that end with it.
func assertNoClick(t *testing.T, answer []byte) {
	t.Helper()
	end := len(bytes.TrimRight(answer, "\x00"))
	end += end % 2
	tail, before := audio.PCM24k.Bytes(time.Millisecond), audio.PCM24k.Bytes(20*time.Millisecond)
	require.Greater(t, end, before)
	assert.Less(t, audio.PCM24k.Level(answer[end-tail:end]), audio.PCM24k.Level(answer[end-before:end])-12)
}

func TestDemoStopsWhenAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(4*time.Second, cancel)
		began := time.Now()
		log, wav, err := converse(ctx, t, nil)
		require.NoError(t, err)
		assert.InDelta(t, 4, time.Since(began).Seconds(), 0.5)
		assertInOrder(t, log, `interrupted`, `summary +1 turns`, `turn 1: first audio after .*; not finished`)
		assert.InDelta(t, 4, audio.PCM24k.Duration(len(readWAV(t, wav, 2))).Seconds(), 0.1)
	})
}

func TestDemoTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*realtimetest.Config)
		want   string
	}{
		"key": {
			func(c *realtimetest.Config) {
				c.Credentials = func(realtimetest.Credential) error { return errors.New("unknown key") }
			},
			"unknown key",
		},
		"hang-up": {
			func(c *realtimetest.Config) {
				c.Script.Rules = []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.HangUp{Code: 1011, Reason: "broken"}}}}
			},
			"1011",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, _, err := converse(t.Context(), t, c.change)
				assert.ErrorContains(t, err, c.want)
			})
		})
	}
}

func assertInOrder(t *testing.T, text string, patterns ...string) {
	t.Helper()
	rest := text
	for _, p := range patterns {
		at := regexp.MustCompile(p).FindStringIndex(rest)
		if !assert.NotNil(t, at, "%s is missing after what comes before it, in\n%s", p, text) {
			return
		}
		rest = rest[at[1]:]
	}
}

// readWAV returns one channel of a WAV.
func readWAV(t *testing.T, name string, channel int) []byte {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	wav, err := audio.ReadWAV(f, &audio.WAVOptions{Channel: channel})
	require.NoError(t, err)
	sound, err := io.ReadAll(wav)
	require.NoError(t, err)
	return sound
}
