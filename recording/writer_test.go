package recording_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
)

func sound(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func appendOf(pcm []byte) recording.Message {
	data := []byte(`{"event_id":"evt_1","type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString(pcm) + `"}`)
	return recording.Message{Direction: recording.Out, Conn: 1, Type: "input_audio_buffer.append", Data: data, Fate: recording.FateWritten}
}

func deltaOf(item string, pcm []byte) recording.Message {
	data := []byte(`{"type":"response.output_audio.delta","event_id":"event_1","response_id":"resp_1","item_id":"` + item +
		`","output_index":0,"content_index":0,"delta":"` + base64.StdEncoding.EncodeToString(pcm) + `"}`)
	return recording.Message{Direction: recording.In, Conn: 1, Data: data}
}

func textOf(data string) recording.Message {
	return recording.Message{Direction: recording.In, Conn: 1, Data: []byte(data)}
}

// read reads what a writer has written, and holds each line against the schema.
func read(t *testing.T, data []byte) *recording.Recording {
	t.Helper()
	var s jsonschema.Schema
	require.NoError(t, json.Unmarshal([]byte(recording.Schema()), &s))
	resolved, err := s.Resolve(nil)
	require.NoError(t, err)
	for line := range bytes.Lines(data) {
		var v any
		require.NoError(t, json.Unmarshal(line, &v), string(line))
		require.NoError(t, resolved.Validate(v), string(line))
	}
	rec, err := recording.Read(bytes.NewReader(data))
	require.NoError(t, err)
	return rec
}

func bodies[B recording.Body](rec *recording.Recording) (all []B) {
	for _, l := range rec.Lines {
		if b, ok := l.Body.(B); ok {
			all = append(all, b)
		}
	}
	return all
}

func TestSoundIsMergedIntoRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		w := recording.NewWriter(&out, nil)
		for i := range 100 { // 2 s of 20 ms, with a delta of 100 ms at every fifth.
			w.Message(appendOf(make([]byte, 960)))
			if i%5 == 0 {
				w.Message(deltaOf("item_1", make([]byte, 4800)))
				w.Message(textOf(`{"type":"response.output_audio_transcript.delta","item_id":"item_1","delta":"hush"}`))
			}
			time.Sleep(20 * time.Millisecond)
		}
		w.Message(textOf(`{"type":"response.done","event_id":"e","response":{"id":"resp_1","status":"completed"}}`))
		require.NoError(t, w.Close(nil))
		assert.NotContains(t, out.String(), "hush")
		rec := read(t, out.Bytes())
		frames := bodies[*recording.Frame](rec)
		count := map[string]int{}
		audio := map[string]int64{}
		for _, f := range frames {
			count[f.Type] += max(f.N, 1)
			audio[f.Type] += f.AudioMS
			assert.LessOrEqual(t, f.Span, recording.Second)
			if f.N > 1 && f.Direction == recording.Out {
				assert.Equal(t, 20*recording.Millisecond, f.Gap)
				assert.Equal(t, recording.Micros(f.N-1)*20*recording.Millisecond, f.Span)
			}
		}
		assert.Equal(t, map[string]int{"input_audio_buffer.append": 100, "response.output_audio.delta": 20, "response.output_audio_transcript.delta": 20, "response.done": 1}, count)
		assert.Equal(t, int64(2000), audio["input_audio_buffer.append"])
		assert.Equal(t, int64(2000), audio["response.output_audio.delta"])
		assert.Less(t, len(frames), 12)
		assert.Nil(t, rec.Tail)
		assert.True(t, bodies[*recording.End](rec)[0].Complete)
	})
}

// TestPiecesAreWrittenAsTheirMessages holds that a caller that has decoded a message gets the
// lines of one that has not.
func TestPiecesAreWrittenAsTheirMessages(t *testing.T) {
	t.Parallel()
	for _, keep := range [][]recording.Keep{nil, {recording.KeepAudio}, {recording.KeepFrames}} {
		synctest.Test(t, func(t *testing.T) {
			var read, decoded bytes.Buffer
			o := &recording.Options{Keep: keep}
			a, b := recording.NewWriter(&read, o), recording.NewWriter(&decoded, o)
			for i := range 300 { // Half a minute: two items in turn, and clock lines.
				switch {
				case i == 120:
					a.Add(2, &recording.Dial{Took: 1})
					b.Add(2, &recording.Dial{Took: 1})
				case i%40 == 39:
					a.Add(0, &recording.Note{Text: "n"})
					b.Add(0, &recording.Note{Text: "n"})
				}
				item := []string{"item_1", "item_2", "+49 151 23456789"}[i/30%3]
				pcm := sound(960, uint64(i))
				content := i / 15 % 2
				m := deltaOf(item, pcm)
				m.Data = bytes.Replace(m.Data, []byte(`"content_index":0`), fmt.Appendf(nil, `"content_index":%d`, content), 1)
				if m.Conn = 1; i >= 120 {
					m.Conn = 2
				}
				a.Message(m)
				m.Conn, m.Type = 0, "response.output_audio.delta"
				b.Piece(m, &recording.Piece{Item: item, Response: "resp_1", Content: content, Sound: pcm})
				time.Sleep(370 * time.Millisecond)
			}
			require.NoError(t, a.Close(nil))
			require.NoError(t, b.Close(nil))
			want, got := lines(read.String()), lines(decoded.String())
			require.Len(t, got, len(want))
			for i := range want {
				assert.Equal(t, strings.NewReplacer(aliasOf(want[i]), "").Replace(want[i]), strings.NewReplacer(aliasOf(got[i]), "").Replace(got[i]))
			}
		})
	}
}

// lines returns the lines behind the header, which has an id.
func lines(text string) []string { return strings.Split(text, "\n")[1:] }

// aliasOf returns the alias in a line, which is random for each recording.
func aliasOf(line string) string {
	_, rest, ok := strings.Cut(line, `"item":"id-`)
	if !ok {
		return "\x00"
	}
	return rest[:16]
}

func TestMessagesOfSoundTakeNoMemory(t *testing.T) {
	for _, keep := range [][]recording.Keep{nil, {recording.KeepAudio}} {
		w := recording.NewWriter(io.Discard, &recording.Options{Keep: keep, FlushEvery: time.Hour})
		in, out := deltaOf("item_1", make([]byte, 4800)), appendOf(make([]byte, 960))
		some := func() {
			for range 20 {
				w.Message(in)
				w.Message(out)
			}
		}
		for range 30 {
			some() // More sound than the recording keeps waiting.
		}
		assert.Zero(t, testing.AllocsPerRun(20, some), keep)
		require.NoError(t, w.Close(nil))
	}
}

// stuck is a destination that blocks until it is freed.
type stuck struct {
	free chan struct{}
	mu   sync.Mutex
	bytes.Buffer
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.free
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Buffer.Write(p)
}

func (s *stuck) Len() int { return len(s.String()) }

func (s *stuck) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Buffer.String()
}

func TestAStuckDestinationDelaysNothing(t *testing.T) {
	t.Parallel()
	out := &stuck{free: make(chan struct{})}
	w := recording.NewWriter(out, &recording.Options{Keep: []recording.Keep{recording.KeepAudio, recording.KeepText}, BufferBytes: 64 << 10})
	text := strings.Repeat("x ", 1000)
	for i := range 1000 {
		w.Message(appendOf(make([]byte, 9600)))
		w.Message(textOf(fmt.Sprintf(`{"type":"response.done","event_id":"e%d","response":{"id":"r","status":"completed","instructions":%q}}`, i, text)))
	}
	close(out.free)
	w.Message(textOf(`{"type":"session.updated"}`))
	require.NoError(t, w.Flush())
	w.Message(textOf(`{"type":"session.updated"}`))
	require.NoError(t, w.Close(nil))
	assert.Less(t, out.Len(), 256<<10)
	rec := read(t, []byte(out.String()))
	var lines int64
	kinds := map[string]bool{}
	for _, g := range bodies[*recording.Gap](rec) {
		lines += g.Lines
		for _, k := range g.Kinds {
			kinds[k] = true
		}
	}
	assert.Greater(t, lines, int64(1000))
	assert.True(t, kinds["audio"] && kinds["in"], kinds)
	assert.False(t, bodies[*recording.End](rec)[0].Complete)
}

func TestSoundIsKeptExactly(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string][]recording.Keep{"runs": {recording.KeepAudio}, "whole messages": {recording.KeepFrames}} {
		for _, ending := range []string{".jsonl", ".jsonl.gz"} {
			t.Run(name+ending, func(t *testing.T) {
				t.Parallel()
				file := filepath.Join(t.TempDir(), "call"+ending)
				w, err := recording.Create(file, &recording.Options{Keep: keep})
				require.NoError(t, err)
				_, err = recording.Create(file, nil)
				require.ErrorIs(t, err, os.ErrExist)
				w.Message(textOf(`{"type":"session.updated","session":{"audio":{"input":{"format":{"type":"audio/pcmu"}},"output":{"format":{"type":"audio/pcm","rate":24000}}}}}`))
				var sent, made []byte
				for i := range 30 {
					a, b := sound(160, uint64(i)), sound(960, uint64(i)+99)
					sent, made = append(sent, a...), append(made, b...)
					w.Message(appendOf(a))
					w.Message(deltaOf("item_1", b))
					if i%7 == 0 {
						w.Add(1, &recording.Note{Text: "mark"})
					}
				}
				require.NoError(t, w.Close(nil))
				rec, err := recording.Open(file)
				require.NoError(t, err)
				assert.Equal(t, rec.Sound != nil, name == "runs")
				got := map[recording.Track][]byte{}
				pos := map[recording.Track]recording.Micros{}
				for s := range rec.Sounds() {
					data, err := rec.Bytes(&s.Audio)
					require.NoError(t, err)
					assert.Equal(t, pos[s.Track], s.Pos, s.Track)
					pos[s.Track] += s.Len
					got[s.Track] = append(got[s.Track], data...)
				}
				assert.Equal(t, sent, got[recording.Sent])
				assert.Equal(t, made, got[recording.Made])
				assert.Equal(t, 600*recording.Millisecond, pos[recording.Sent])
			})
		}
	}
}

// TestEscapedSoundIsSound has the base64 of encoders that escape signs of it, or fold it.
func TestEscapedSoundIsSound(t *testing.T) {
	t.Parallel()
	for name, escape := range map[string]func(b64 string) string{
		"none":       func(b64 string) string { return b64 },
		"of PHP":     func(b64 string) string { return strings.ReplaceAll(b64, "/", `\/`) },
		"of .NET":    func(b64 string) string { return strings.ReplaceAll(b64, "+", `\u002B`) },
		"of MIME":    func(b64 string) string { return b64[:76] + `\r\n` + b64[76:] + `\n` },
		"all of all": func(b64 string) string { return strings.Trim(escapedAll(b64), `"`) },
	} {
		for _, keep := range [][]recording.Keep{nil, {recording.KeepAudio}, {recording.KeepFrames}} {
			t.Run(fmt.Sprint(name, keep), func(t *testing.T) {
				t.Parallel()
				var out bytes.Buffer
				w := recording.NewWriter(&out, &recording.Options{Keep: keep})
				var sent, made []byte
				for i := range 10 {
					a, b := sound(960, uint64(i)), sound(4800, uint64(i)+99)
					sent, made = append(sent, a...), append(made, b...)
					appended := textOf(`{"type":"input_audio_buffer\u002eappend","\u0061udio":"` + escape(base64.StdEncoding.EncodeToString(a)) + `"}`)
					appended.Direction = recording.Out
					w.Message(appended)
					w.Message(textOf(`{"type":"response.output_audio.delta","item_id":"item\u005f1","delta":"` + escape(base64.StdEncoding.EncodeToString(b)) + `"}`))
				}
				require.NoError(t, w.Close(nil))
				rec := read(t, out.Bytes())
				assert.Empty(t, bodies[*recording.Gap](rec))
				length := map[string]int64{}
				for _, f := range bodies[*recording.Frame](rec) {
					length[f.Type+f.Item] += f.AudioMS
				}
				assert.Equal(t, map[string]int64{"input_audio_buffer.append": 200, "response.output_audio.deltaitem_1": 1000}, length)
				got := map[recording.Track][]byte{}
				for s := range rec.Sounds() {
					data, err := rec.Bytes(&s.Audio)
					require.NoError(t, err)
					got[s.Track] = append(got[s.Track], data...)
				}
				if keep != nil {
					assert.Equal(t, sent, got[recording.Sent])
					assert.Equal(t, made, got[recording.Made])
				}
			})
		}
	}
}

func TestSoundIsWrittenBeforeTheLineThatRefersToIt(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "call.jsonl")
	w, err := recording.Create(file, &recording.Options{Keep: []recording.Keep{recording.KeepAudio}})
	require.NoError(t, err)
	for i := range 20 {
		w.Message(appendOf(sound(960, uint64(i))))
		w.Add(0, &recording.Note{})
		require.NoError(t, w.Flush())
		rec, err := recording.Open(file)
		require.NoError(t, err)
		for s := range rec.Sounds() {
			_, err := rec.Bytes(&s.Audio)
			assert.NoError(t, err)
		}
	}
	require.NoError(t, w.Close(nil))
	require.NoError(t, os.Truncate(recording.SoundFile(file), 1000))
	rec, err := recording.Open(file)
	require.NoError(t, err)
	missing := 0
	for s := range rec.Sounds() {
		if _, err := rec.Bytes(&s.Audio); errors.Is(err, recording.ErrNoSound) {
			missing++
		}
	}
	assert.Equal(t, 19, missing)
}

func TestABrokenDestination(t *testing.T) {
	t.Parallel()
	w := recording.NewWriter(failing{}, nil)
	w.Add(0, &recording.Note{Text: "x"})
	require.ErrorIs(t, w.Flush(), io.ErrShortWrite)
	w.Add(0, &recording.Note{Text: "x"})
	require.ErrorIs(t, w.Err(), io.ErrShortWrite)
	require.ErrorIs(t, w.Close(nil), io.ErrShortWrite)
	require.ErrorIs(t, w.Close(nil), io.ErrShortWrite)
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestLinesAreWrittenWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &stuck{free: make(chan struct{})}
		close(out.free)
		w := recording.NewWriter(out, nil)
		w.Message(appendOf(make([]byte, 960)))
		time.Sleep(4999 * time.Millisecond)
		synctest.Wait()
		assert.Zero(t, out.Len())
		time.Sleep(time.Millisecond)
		synctest.Wait()
		assert.Contains(t, out.String(), "input_audio_buffer.append")
		before := out.Len()
		w.Add(1, &recording.Lost{Code: 1006})
		synctest.Wait()
		assert.Greater(t, out.Len(), before, "what went wrong is written at once")
		require.NoError(t, w.Close(&recording.End{Why: "lost", Code: 1006}))
		assert.Equal(t, &recording.End{Why: "lost", Code: 1006, Complete: true}, bodies[*recording.End](read(t, []byte(out.String())))[0])
	})
}

// TestRecordingsAreWrittenTogether begins a hundred recordings in 200 ms: their lines wait for as
// long as they may and are written at two times.
func TestRecordingsAreWrittenTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const recordings = 100
		var mu sync.Mutex
		times := map[time.Time]int{}
		for range recordings {
			began := time.Now()
			w := recording.NewWriter(writeFunc(func(b []byte) (int, error) {
				assert.Greater(t, time.Since(began), 4900*time.Millisecond)
				assert.LessOrEqual(t, time.Since(began), 5*time.Second)
				mu.Lock()
				defer mu.Unlock()
				times[time.Now()]++
				return len(b), nil
			}), nil)
			w.Message(appendOf(make([]byte, 960)))
			time.Sleep(2 * time.Millisecond)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		assert.Len(t, times, 2, "%v", times)
		written := 0
		for _, n := range times {
			written += n
		}
		assert.Equal(t, recordings, written)
	})
}

// TestAnyTimeToWait has lines written in time, however short that is.
func TestAnyTimeToWait(t *testing.T) {
	t.Parallel()
	for _, every := range []time.Duration{1, 49, 50, 51, time.Microsecond, 7 * time.Millisecond, 3*time.Second + 1, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(12_345_678_901)
			out := &stuck{free: make(chan struct{})}
			close(out.free)
			w := recording.NewWriter(out, &recording.Options{FlushEvery: every})
			w.Message(appendOf(make([]byte, 960)))
			time.Sleep(every - every/50 - 1)
			synctest.Wait()
			assert.Zero(t, out.Len(), every)
			time.Sleep(every/50 + 1)
			synctest.Wait()
			assert.Contains(t, out.String(), "input_audio_buffer.append", every)
			require.NoError(t, w.Close(nil))
		})
	}
}

type writeFunc func(b []byte) (int, error)

func (f writeFunc) Write(b []byte) (int, error) { return f(b) }

// TestWhatWentWrongIsWrittenAfterASlowWrite holds that what became due during a write does not
// wait for another five seconds.
func TestWhatWentWrongIsWrittenAfterASlowWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &stuck{free: make(chan struct{})}
		w := recording.NewWriter(out, nil)
		w.Message(appendOf(make([]byte, 960)))
		var flushed sync.WaitGroup
		flushed.Go(func() { assert.NoError(t, w.Flush()) })
		synctest.Wait()
		w.Add(1, &recording.Lost{Code: 1006})
		synctest.Wait()
		began := time.Now()
		close(out.free)
		flushed.Wait()
		synctest.Wait()
		assert.Contains(t, out.String(), `"k":"lost"`)
		assert.Zero(t, time.Since(began))
		require.NoError(t, w.Close(nil))
	})
}

func TestManyWriteAtOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := recording.NewWriter(&out, &recording.Options{Keep: []recording.Keep{recording.KeepAudio}, FlushEvery: time.Millisecond})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 200 {
				w.Message(appendOf(make([]byte, 960)))
				w.Message(deltaOf("item_1", make([]byte, 960)))
				w.Add(0, &recording.Note{})
				_ = w.Flush()
			}
		})
	}
	all.Wait()
	require.NoError(t, w.Close(nil))
	rec := read(t, out.Bytes())
	n := map[recording.Direction]int{}
	for _, f := range bodies[*recording.Frame](rec) {
		n[f.Direction] += f.N
	}
	assert.Equal(t, map[recording.Direction]int{recording.In: 800, recording.Out: 800}, n)
}

func TestTextIsMaskedWithoutNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keep []recording.Keep
		want string
	}{
		{nil, "‹33›"},
		{[]recording.Keep{recording.KeepText}, "Call ‹number› or [redacted]"},
		{[]recording.Keep{recording.KeepText, recording.KeepNumbers}, "Call 0151 23456789 or [redacted]"},
		{[]recording.Keep{recording.KeepFrames}, "Call 0151 23456789 or [redacted]"},
	} {
		var out bytes.Buffer
		w := recording.NewWriter(&out, &recording.Options{Keep: c.keep})
		w.Message(textOf(`{"type":"response.output_audio_transcript.done","item_id":"i","transcript":"Call 0151 23456789 or sk-abcdefgh"}`))
		w.Add(0, &recording.TurnMark{N: 1, Phase: recording.Finished, User: "Call 0151 23456789 or sk-abcdefgh"})
		require.NoError(t, w.Close(nil))
		rec := read(t, out.Bytes())
		var e struct{ Transcript string }
		require.NoError(t, json.Unmarshal(bodies[*recording.Frame](rec)[0].Event, &e))
		assert.Equal(t, c.want, e.Transcript)
		assert.Equal(t, c.want, bodies[*recording.TurnMark](rec)[0].User)
	}
}

func TestHeaderNamesEachMaskOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := recording.NewWriter(&out, &recording.Options{
		Keep: []recording.Keep{recording.KeepText},
		Mask: []recording.Mask{recording.MaskNumbers(), recording.MaskMembers("a"), recording.MaskMembers("b")},
	})
	require.NoError(t, w.Close(nil))
	assert.Equal(t, []string{"numbers", "members"}, read(t, out.Bytes()).Header.Mask)
}

func TestMaskMembers(t *testing.T) {
	t.Parallel()
	m := recording.MaskMembers("session.instructions", "item.*")
	var out bytes.Buffer
	w := recording.NewWriter(&out, &recording.Options{Keep: []recording.Keep{recording.KeepText}, Mask: []recording.Mask{m}})
	w.Message(textOf(`{"type":"x","session":{"instructions":"hush"},"item":{"content":[{"text":"hush"}]},"transcript":"kept"}`))
	require.NoError(t, w.Close(nil))
	assert.NotContains(t, out.String(), "hush")
	assert.Contains(t, out.String(), "kept")
	assert.Equal(t, []string{"numbers", "members"}, read(t, out.Bytes()).Header.Mask)
}

func TestRedactLowersARecording(t *testing.T) {
	t.Parallel()
	var full bytes.Buffer
	w := recording.NewWriter(&full, &recording.Options{Keep: []recording.Keep{recording.KeepFrames}})
	w.Message(textOf(`{"type":"response.output_audio_transcript.done","item_id":"i","transcript":"hush"}`))
	w.Message(deltaOf("item_1", make([]byte, 4800)))
	w.Message(textOf("no JSON, hush"))
	w.Add(1, &recording.Tool{ID: "c", Name: "book", Phase: recording.Start, Arguments: "hush"})
	w.Add(1, &recording.Failure{What: "server", Message: "hush"})
	require.NoError(t, w.Close(nil))
	require.Contains(t, full.String(), "hush")
	var less, again bytes.Buffer
	require.NoError(t, recording.Redact(&less, bytes.NewReader(full.Bytes()), nil))
	assert.NotContains(t, less.String(), "hush")
	assert.NotContains(t, less.String(), "AAAA")
	rec := read(t, less.Bytes())
	assert.Empty(t, rec.Header.Keep)
	assert.Len(t, rec.Lines, 6)
	require.NoError(t, recording.Redact(&again, bytes.NewReader(less.Bytes()), nil))
	assert.Equal(t, less.String(), again.String())
}
