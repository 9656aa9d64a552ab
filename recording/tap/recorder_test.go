package tap_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
	"github.com/voicelane/realtime-go/socket"
	"github.com/voicelane/realtime-go/usage"
	"github.com/voicelane/realtime-go/voice"
)

// TestHeardIsWhatTheCallerHeard compares the lines with the ear of the simulated line.
func TestHeardIsWhatTheCallerHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, setup{script: answers(spoken(6 * time.Second))})
		c.run()
		c.say(time.Second)
		time.Sleep(2500 * time.Millisecond)
		c.say(time.Second)
		time.Sleep(9 * time.Second)
		ear := audio.ULaw.Duration(len(c.line.Heard()))
		rec := c.hangUp()
		tl := rec.Timeline()
		assert.Equal(t, recording.ByMark, tl.HeardBy)
		require.Len(t, tl.Items, 2)
		heard := tl.Items[0].HeardLen + tl.Items[1].HeardLen
		assert.InDelta(t, ear.Seconds(), heard.Seconds(), 0.25, "marks stand 200 ms apart")
		assert.LessOrEqual(t, heard.Duration(), ear)
		assert.Equal(t, 6*recording.Second, tl.Items[1].HeardLen)
		require.Len(t, tl.Cuts, 1)
		cut := tl.Cuts[0]
		assert.Equal(t, "speech_started", cut.By)
		assert.Equal(t, 6*recording.Second, cut.Made)
		assert.InDelta(t, cut.Heard.Seconds(), cut.Believed.Seconds(), 0.001)
		assert.Less(t, cut.Silence, 300*recording.Millisecond)
		for _, x := range tl.Items {
			assert.Len(t, x.Heard, 1+int((x.HeardLen-1)/(5*recording.Second)), "playing did not pause: %+v", x.Heard)
		}
		var kinds []recording.FindingKind
		for _, f := range tl.Findings {
			kinds = append(kinds, f.Kind)
		}
		assert.Equal(t, []recording.FindingKind{recording.FindInterrupted}, kinds)
	})
}

// TestSoundThatWasSkippedIsNotHeard holds that a place which the line jumps over is in no span.
func TestSoundThatWasSkippedIsNotHeard(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	rec := tap.New(recording.NewWriter(&file, nil))
	line, now := rec.Line(), time.Now()
	for _, from := range []time.Duration{0, 200 * time.Millisecond, time.Second} {
		to := from + 200*time.Millisecond
		line.Heard(voice.Played{Item: "item_1", From: from, To: to, At: now.Add(to), How: voice.ByMark})
	}
	require.NoError(t, rec.Close())
	r, err := recording.Read(&file)
	require.NoError(t, err)
	var spans [][2]recording.Micros
	for _, h := range bodies[*recording.Heard](r) {
		spans = append(spans, [2]recording.Micros{h.From, h.To})
	}
	assert.Equal(t, [][2]recording.Micros{{0, 400_000}, {1_000_000, 1_200_000}}, spans)
}

// TestAPauseIsLongerThanTheStepsOfMarks holds that sound which is known to be heard late paused
// only if it was later than marks stand apart, also where a line ends by its length.
func TestAPauseIsLongerThanTheStepsOfMarks(t *testing.T) {
	t.Parallel()
	for late, began := range map[time.Duration]recording.Micros{
		0: 5_000_000, 300 * time.Millisecond: 5_000_000, 300*time.Millisecond + time.Microsecond: 5_300_001,
	} {
		synctest.Test(t, func(t *testing.T) {
			var file bytes.Buffer
			rec := tap.New(recording.NewWriter(&file, nil))
			line, now := rec.Line(), time.Now()
			line.Heard(voice.Played{Item: "item_1", To: 5 * time.Second, At: now.Add(5 * time.Second), How: voice.ByMark})
			line.Heard(voice.Played{Item: "item_1", From: 5 * time.Second, To: 6 * time.Second, At: now.Add(6*time.Second + late), How: voice.ByMark})
			require.NoError(t, rec.Close())
			r, err := recording.Read(&file)
			require.NoError(t, err)
			heard := bodies[*recording.Heard](r)
			require.Len(t, heard, 2)
			assert.Equal(t, began, heard[1].Began, late)
		})
	}
}

// TestASlowWriteIsRecorded holds when a message left the queue and when it was written.
func TestASlowWriteIsRecorded(t *testing.T) {
	t.Parallel()
	for fate, want := range map[socket.Fate]recording.Fate{socket.Written: recording.FateWritten, socket.Uncertain: recording.FateUncertain} {
		synctest.Test(t, func(t *testing.T) {
			var file bytes.Buffer
			rec := tap.New(recording.NewWriter(&file, nil))
			s, data := rec.Session(), []byte(`{"type":"response.create"}`)
			for _, took := range []time.Duration{0, 999 * time.Microsecond, time.Millisecond, 3 * time.Second} {
				time.Sleep(time.Second)
				s.Sending("response.create", data)
				time.Sleep(took)
				s.Sent("response.create", len(data), fate)
			}
			require.NoError(t, rec.Close())
			r, err := recording.Read(&file)
			require.NoError(t, err)
			var wrote []recording.Micros
			for _, l := range r.Lines {
				if f, ok := l.Body.(*recording.Frame); ok {
					assert.Equal(t, want, f.Fate)
					wrote = append(wrote, max(f.Wrote-l.At, -1))
				}
			}
			assert.Equal(t, []recording.Micros{-1, -1, 1000, 3_000_000}, wrote)
		})
	}
}

func TestAReconnectionIsRecorded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rec := lostConnection(t).hangUp()
		lost, restored := bodies[*recording.Lost](rec), bodies[*recording.Restored](rec)
		require.Len(t, lost, 1)
		assert.Equal(t, 1006, lost[0].Code)
		require.Len(t, restored, 1)
		assert.Equal(t, 3, restored[0].Attempts)
		assert.NotEmpty(t, restored[0].Lost)
		var status []int
		for _, d := range bodies[*recording.Dial](rec) {
			status = append(status, d.Status)
		}
		assert.Equal(t, []int{0, 503, 503, 0}, status)
		conns := map[int]bool{}
		for _, l := range rec.Lines {
			if f, ok := l.Body.(*recording.Frame); ok {
				conns[l.Conn] = true
				assert.NotEqual(t, recording.FateUnsent, f.Fate)
			}
		}
		assert.Equal(t, map[int]bool{1: true, 2: true}, conns)
		end := bodies[*recording.End](rec)
		require.Len(t, end, 1)
		assert.Equal(t, recording.End{Why: "closed", Code: end[0].Code, Complete: true}, *end[0])
	})
}

func TestSoundOfACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, setup{script: answers(spoken(2 * time.Second)), keep: []recording.Keep{recording.KeepAudio}})
		c.run()
		c.say(time.Second)
		time.Sleep(4 * time.Second)
		rec := c.hangUp()
		sum := map[recording.Track]recording.Micros{}
		var made []byte
		for s := range rec.Sounds() {
			sum[s.Track] += s.Len
			assert.Equal(t, "pcmu", s.Codec)
			if s.Track == recording.Made {
				made = append(made, s.Data...)
			}
		}
		assert.Equal(t, 2*recording.Second, sum[recording.Made])
		assert.InDelta(t, 5.1, sum[recording.Sent].Seconds(), 0.1)
		assert.Equal(t, c.line.Heard(), made, "all of it was heard")
	})
}

func TestToolsTurnsAndCostOfAnAgent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var file bytes.Buffer
		rec := tap.New(recording.NewWriter(&file, nil))
		meter := usage.NewMeter(&usage.Options{OnEntry: rec.Entry, Model: "gpt-realtime-2.1"})
		srv := realtimetest.New(&realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
			{When: realtimetest.Returned("book"), Do: []realtimetest.Step{realtimetest.Say{Text: "Booked."}}},
			{Do: []realtimetest.Step{realtimetest.Call{Name: "book", Arguments: `{"To":"Lisbon"}`}, realtimetest.Call{Name: "fail", Arguments: `{}`}}},
		}}})
		t.Cleanup(srv.Close)
		client, err := realtime.NewClient(&realtime.Config{APIKey: key, BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
		require.NoError(t, err)
		s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime-2.1"), &realtime.Options{PingInterval: -1, Taps: []*realtime.Tap{meter.Tap(), rec.Session()}})
		require.NoError(t, err)
		type flight struct{ To string }
		conv, err := agent.Start(t.Context(), s, &agent.Agent{Name: "desk", Tools: []agent.Tool{
			agent.Func("book", "Books.", func(context.Context, flight) (string, error) { time.Sleep(time.Second); return "seat 14", nil }),
			agent.Func("fail", "Fails.", func(context.Context, struct{}) (string, error) { return "", errors.New("no seat for Jane") }),
		}}, nil)
		require.NoError(t, err)
		watched := make(chan error, 1)
		go func() { watched <- rec.Watch(t.Context(), conv) }()
		synctest.Wait()
		answer, err := conv.Ask(t.Context(), "To Lisbon, please.")
		require.NoError(t, err)
		_, err = answer.Turn(t.Context())
		require.NoError(t, err)
		conv.Close()
		require.NoError(t, <-watched)
		require.NoError(t, rec.Close())
		for _, private := range []string{"Lisbon", "seat", "Jane", key} {
			assert.NotContains(t, file.String(), private)
		}
		r, err := recording.Read(&file)
		require.NoError(t, err)
		tl := r.Timeline()
		require.Len(t, tl.Tools, 2)
		for _, x := range tl.Tools {
			assert.Equal(t, x.Name == "book", x.OK)
			if x.OK {
				assert.Equal(t, recording.Second, x.End-x.Begin)
			} else {
				assert.Equal(t, "error", x.Error)
			}
		}
		turns := bodies[*recording.TurnMark](r)
		require.Len(t, turns, 1)
		assert.Equal(t, "desk", turns[0].Agent)
		var micros int64
		for _, x := range tl.Responses {
			require.NotNil(t, x.MicroUSD)
			micros += *x.MicroUSD
		}
		total, err := meter.Bill().Total()
		require.NoError(t, err)
		assert.InDelta(t, total.Micros(), micros, 1)
		assert.Positive(t, micros)
	})
}

// TestSoundTakesNoMemory holds for all taps together, with a meter.
func TestSoundTakesNoMemory(t *testing.T) {
	rec := tap.New(recording.NewWriter(io.Discard, &recording.Options{FlushEvery: time.Hour}))
	taps := []*realtime.Tap{usage.NewMeter(nil).Tap(), rec.Session()}
	data := []byte(`{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"` + strings.Repeat("AAAA", 1600) + `"}`)
	e, err := api.DecodeServerEvent(data)
	require.NoError(t, err)
	sent := []byte(`{"type":"input_audio_buffer.append","audio":"` + strings.Repeat("AAAA", 320) + `"}`)
	delta, ok := e.(*api.ResponseOutputAudioDelta)
	require.True(t, ok)
	run := runOf(delta, data)
	some := func() {
		for range 10 {
			for _, x := range taps {
				if x.Audio != nil {
					x.Audio(run)
				}
				if x.Sending != nil {
					x.Sending("input_audio_buffer.append", sent)
					x.Sent("input_audio_buffer.append", len(sent), socket.Written)
				}
			}
		}
	}
	some()
	if !raceEnabled {
		assert.Zero(t, testing.AllocsPerRun(20, some))
	}
	require.NoError(t, rec.Close())
}

// runOf returns a second of a delta.
func runOf(e *api.ResponseOutputAudioDelta, data []byte) realtime.AudioRun {
	now := time.Now()
	return realtime.AudioRun{
		EventType: e.EventType(), ResponseID: e.ResponseID, ItemID: e.ItemID, Deltas: 10, MessageBytes: 10 * int64(len(data)), AudioBytes: 10 * int64(len(e.Delta)),
		First: now, Last: now.Add(900 * time.Millisecond), Gap: 100 * time.Millisecond,
	}
}

func TestMessagesThatWereNotSentOrNotReceived(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	rec := tap.New(recording.NewWriter(&file, nil))
	x := rec.Session()
	x.Dialed(time.Second, nil)
	x.Sent("response.create", 20, socket.Unsent)
	x.Sending("response.create", []byte(`{"type":"response.create","event_id":"evt_1"}`))
	x.Sent("response.create", 45, socket.Uncertain)
	x.Dropped("response.output_audio.delta")
	x.Dropped("response.output_audio.delta")
	x.Received(nil, errors.New("malformed"), []byte("{hush"))
	x.Ended(&socket.CloseError{Code: 1011, Reason: "hush"})
	require.NoError(t, rec.Close())
	assert.NotContains(t, file.String(), "hush")
	r, err := recording.Read(&file)
	require.NoError(t, err)
	var fates []recording.Fate
	for _, f := range bodies[*recording.Frame](r) {
		fates = append(fates, f.Fate)
	}
	assert.Equal(t, []recording.Fate{recording.FateUnsent, recording.FateUncertain, ""}, fates)
	assert.Equal(t, 2, bodies[*recording.Queue](r)[0].Dropped)
	assert.Equal(t, "malformed", bodies[*recording.Failure](r)[0].What)
	assert.Equal(t, &recording.Lost{Code: 1011, Reason: "‹4›", Error: "closed"}, bodies[*recording.Lost](r)[0])
	assert.Equal(t, &recording.End{Why: "server", Code: 1011, Complete: true}, bodies[*recording.End](r)[0])
}

// stuck blocks until it is freed.
type stuck chan struct{}

func (s stuck) Write(p []byte) (int, error) {
	<-s
	return len(p), nil
}

func TestAStuckDiskDoesNotDelayASession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := make(stuck)
		rec := tap.New(recording.NewWriter(disk, nil))
		c := dial(t, setup{script: answers(spoken(2 * time.Second)), taps: []*realtime.Tap{rec.Session()}})
		c.run()
		began := time.Now()
		c.say(time.Second)
		time.Sleep(9 * time.Second)
		assert.LessOrEqual(t, time.Since(began), 10*time.Second)
		assert.NotEmpty(t, c.line.Heard())
		c.hangUp()
		close(disk)
		require.NoError(t, rec.Close())
	})
}
