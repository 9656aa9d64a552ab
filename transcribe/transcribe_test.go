package transcribe_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/transcribe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a server and returns it with a client.
func serve(t *testing.T, script realtimetest.Script) (*realtimetest.Server, *realtime.Client) {
	t.Helper()
	srv := realtimetest.New(&realtimetest.Config{Script: script})
	t.Cleanup(srv.Close)
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: srv.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	return srv, client
}

// speech is a recording of so many turns of a second, with a second of silence between
// them. The server finds the end of each but the last, which Finish commits.
func speech(turns int) []byte {
	all := realtimetest.Tone(time.Second)
	for range turns - 1 {
		all = append(all, realtimetest.Silence(time.Second)...)
		all = append(all, realtimetest.Tone(time.Second)...)
	}
	return all
}

// said collects the text of the segments, with errors in their place.
func said(t *testing.T, client *realtime.Client, r io.Reader, o *transcribe.Options) (texts []string, segments []transcribe.Segment) {
	t.Helper()
	for s, err := range transcribe.Stream(t.Context(), client, r, o) {
		if err != nil {
			texts = append(texts, "error: "+err.Error())
			continue
		}
		texts, segments = append(texts, s.Text), append(segments, s)
	}
	return texts, segments
}

func TestSegmentsComeInTheOrderOfTheSpeech(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, client := serve(t, realtimetest.Script{Heard: []realtimetest.Heard{
			{Text: "one", Delay: 3 * time.Second, Language: "en"},
			{Text: "two"},
			{Failure: &api.TranscriptionError{Type: "server_error", Message: "no ear"}},
			{Text: "four", Delay: time.Second},
		}})
		texts, segments := said(t, client, bytes.NewReader(speech(4)), &transcribe.Options{Logprobs: true})
		require.Len(t, texts, 4)
		assert.Equal(t, []string{"one", "two"}, texts[:2])
		assert.Regexp(t, "^error: transcribe: item item_.*: no ear$", texts[2])
		assert.Equal(t, "four", texts[3])
		assert.Equal(t, []string{"en"}, segments[0].Languages)
		for i, at := range []time.Duration{0, 2 * time.Second, 6 * time.Second} {
			s := segments[i]
			assert.InDelta(t, at.Seconds(), s.Start.Seconds(), 0.4, s.Text)
			assert.Greater(t, s.End, s.Start, s.Text)
			assert.NotEmpty(t, s.ItemID)
			assert.NotNil(t, s.Usage)
			require.Len(t, s.Logprobs, 1, s.Text)
			assert.Equal(t, s.Text, s.Logprobs[0].Token)
			assert.False(t, s.Partial)
		}
		assert.Equal(t, 7*time.Second, segments[2].End, "the end of the recording")
	})
}

func TestItemErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, client := serve(t, realtimetest.Script{Heard: []realtimetest.Heard{{Failure: &api.TranscriptionError{Code: api.Value("c"), Message: "no"}}}})
		for s, err := range transcribe.Stream(t.Context(), client, bytes.NewReader(speech(1)), nil) {
			failure, ok := errors.AsType[*transcribe.ItemError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, api.Value("c"), failure.Detail.Code)
			assert.Equal(t, failure.ItemID, s.ItemID)
			assert.Positive(t, s.End)
			assert.Empty(t, s.Text)
		}
	})
}

func TestWithoutTurnDetection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    *transcribe.Options
		ends []time.Duration
	}{
		"commits by time": {&transcribe.Options{CommitEvery: 2 * time.Second}, []time.Duration{2 * time.Second, 4 * time.Second, 5 * time.Second}},
		"one segment": {&transcribe.Options{Settings: &api.TranscriptionSessionConfig{
			Audio: &api.TranscriptionAudio{Input: &api.AudioInput{TurnDetection: api.Null{}}},
		}}, []time.Duration{5 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv, client := serve(t, realtimetest.Script{})
				_, segments := said(t, client, iotest.HalfReader(bytes.NewReader(realtimetest.Tone(5*time.Second))), c.o)
				var ends []time.Duration
				var before time.Duration
				for _, s := range segments {
					assert.Equal(t, before, s.Start)
					before = s.End
					ends = append(ends, s.End)
				}
				assert.Equal(t, c.ends, ends)
				assert.Len(t, srv.Conns()[0].AudioReceived(), 5*realtime.RatePCM)
			})
		})
	}
}

func TestPartialTextIsThatOfTheFirstSegment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, client := serve(t, realtimetest.Script{Heard: []realtimetest.Heard{
			{Text: "good day sir", Delay: 2 * time.Second}, {Text: "how are you"},
		}})
		var got []string
		for s, err := range transcribe.Stream(t.Context(), client, bytes.NewReader(speech(2)), &transcribe.Options{Partial: true}) {
			require.NoError(t, err)
			if s.Partial {
				got = append(got, s.Text+"…")
				continue
			}
			got = append(got, s.Text)
		}
		require.NotEmpty(t, got)
		assert.Equal(t, "good …", got[0])
		i := slices.Index(got, "good day sir")
		require.Positive(t, i)
		assert.Equal(t, []string{"how are you"}, got[i+1:], "it was whole by then")
	})
}

func TestSpeakers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, client := serve(t, realtimetest.Script{Heard: []realtimetest.Heard{{Text: "hello you", Segments: []realtimetest.Segment{
			{Speaker: "A", Text: "hello", End: 500 * time.Millisecond}, {Speaker: "B", Text: "you", Start: 500 * time.Millisecond, End: time.Second},
		}}}})
		_, segments := said(t, client, bytes.NewReader(speech(1)), &transcribe.Options{Model: api.TranscriptionModelGPT4oTranscribeDiarize})
		require.Len(t, segments, 1)
		assert.Equal(t, []transcribe.Speaker{
			{Label: "A", Text: "hello", End: 500 * time.Millisecond},
			{Label: "B", Text: "you", Start: 500 * time.Millisecond, End: time.Second},
		}, segments[0].Speakers)
	})
}

func TestStreamFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken microphone")
	t.Run("the reader", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, client := serve(t, realtimetest.Script{Heard: []realtimetest.Heard{{Text: "one"}}})
			texts, _ := said(t, client, io.MultiReader(bytes.NewReader(speech(1)), iotest.ErrReader(broken)), nil)
			assert.Equal(t, []string{"one", "error: transcribe: realtime: audio source: broken microphone"}, texts)
		})
	})
	t.Run("the dial", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, client := serve(t, realtimetest.Script{Faults: []realtimetest.Fault{{Do: realtimetest.Deny{Status: 403}}}})
			for _, err := range transcribe.Stream(t.Context(), client, bytes.NewReader(nil), nil) {
				refused, ok := errors.AsType[*realtime.APIError](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, 403, refused.Status)
			}
		})
	})
	t.Run("the connection", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, client := serve(t, realtimetest.Script{
				Heard:  []realtimetest.Heard{{Text: "one"}, {Text: "two", Delay: time.Hour}},
				Faults: []realtimetest.Fault{{At: realtimetest.Is(realtimetest.Sent, "input_audio_buffer.committed"), Nth: 2, Do: realtimetest.Cut{}}},
			})
			texts, _ := said(t, client, bytes.NewReader(speech(3)), &transcribe.Options{Pace: &realtime.Pace{}})
			require.Len(t, texts, 3)
			assert.Equal(t, "one", texts[0])
			assert.Contains(t, texts[1], "the session ended before its transcript arrived")
			assert.Contains(t, texts[2], "error: transcribe: realtime")
		})
	})
	t.Run("the context", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, client := serve(t, realtimetest.Script{Heard: []realtimetest.Heard{{Text: "one", Delay: time.Hour}}})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var last error
			for _, err := range transcribe.Stream(ctx, client, bytes.NewReader(speech(1)), nil) {
				last = err
			}
			require.ErrorIs(t, last, context.DeadlineExceeded)
		})
	})
}

func TestLeavingTheLoopEndsTheSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := serve(t, realtimetest.Script{})
		for _, err := range transcribe.Stream(t.Context(), client, bytes.NewReader(speech(10)), nil) {
			require.NoError(t, err)
			break
		}
		synctest.Wait()
		for _, c := range srv.Conns() {
			<-c.Done()
		}
	})
}

func TestStreamSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, client := serve(t, realtimetest.Script{
			Heard:  []realtimetest.Heard{{Text: "one"}, {Text: "two", Delay: time.Hour}},
			Faults: []realtimetest.Fault{{Conn: 1, At: realtimetest.Is(realtimetest.Sent, "conversation.item.done"), Nth: 2, Do: realtimetest.Cut{}}},
		})
		texts, segments := said(t, client, bytes.NewReader(speech(5)), &transcribe.Options{
			Pace:    &realtime.Pace{},
			Session: &realtime.Options{Reconnect: &realtime.Reconnect{InitialDelay: time.Millisecond}},
		})
		require.GreaterOrEqual(t, len(texts), 4, "%v", texts)
		assert.Equal(t, "one", texts[0])
		assert.Contains(t, texts[1], "its transcript had not arrived")
		assert.Equal(t, "one", texts[2], "the script begins again with the session")
		third := segments[1]
		assert.InDelta(t, 4, third.Start.Seconds(), 0.6, "the time goes on")
	})
}

func TestWAV(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		format audio.Format
		want   api.AudioFormat
	}{
		"PCM":    {audio.PCM24k, &api.AudioPCM{}},
		"mu-law": {audio.ULaw, &api.AudioPCMU{}},
		"A-law":  {audio.ALaw, &api.AudioPCMA{}},
		"16 kHz": {audio.PCM16k, &api.AudioPCM{}},
		"CD":     {audio.PCM(44100), &api.AudioPCM{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				recorded := audio.NewConverter(audio.PCM24k, c.format)
				samples := recorded.AppendRest(recorded.Append(nil, speech(1)))
				var file bytes.Buffer
				w := audio.NewWAVWriter(&file, c.format, 1)
				_, err := w.Write(samples)
				require.NoError(t, err)
				require.NoError(t, w.Close())
				s, err := transcribe.WAV(&file)
				require.NoError(t, err)
				assert.Equal(t, c.want, s.Format)
				srv, client := serve(t, realtimetest.Script{Heard: []realtimetest.Heard{{Text: "one"}}})
				texts, segments := said(t, client, s, nil)
				assert.Equal(t, []string{"one"}, texts)
				assert.Equal(t, time.Second, segments[0].End)
				if _, pcm := c.want.(*api.AudioPCM); pcm {
					sent := audio.NewConverter(c.format, audio.PCM24k)
					samples = sent.AppendRest(sent.Append(nil, samples))
				}
				assert.Equal(t, samples, srv.Conns()[0].AudioReceived())
			})
		})
	}
	_, err := transcribe.WAV(bytes.NewReader([]byte("ID3")))
	require.Error(t, err)
}
