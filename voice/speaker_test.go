package voice

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
)

// stage is a speaker over a pipe whose other end is pulled by the test.
type stage struct {
	*speaker

	t   *testing.T
	ear *PipeLine
}

func newStage(t *testing.T) *stage {
	t.Helper()
	l, ear := Pipe(audio.ULaw)
	return newStageOver(t, l, ear)
}

func newStageOver(t *testing.T, l Line, ear *PipeLine) *stage {
	t.Helper()
	o := (*BridgeOptions)(nil).resolved(l)
	s := &stage{speaker: new(speaker), t: t, ear: ear}
	setSpeaker(s.speaker, l, &o)
	s.open(outlet{
		ctx:   t.Context(),
		start: func() { go func() { _ = s.play(t.Context()) }() },
		fail:  func(err error) { assert.NoError(t, err) },
	})
	return s
}

// delta brings sound of an item, which is named by its response and a number.
func (s *stage) delta(item string, content int, d time.Duration) (amendment, bool) {
	return s.add(&api.ResponseOutputAudioDelta{
		ResponseID: item[:1], ItemID: item, ContentIndex: content, Delta: bytes.Repeat([]byte{item[len(item)-1]}, audio.ULaw.Bytes(d)),
	})
}

func (s *stage) end(item string, content int) { s.complete(item[:1], item, content) }

func (s *stage) finish(response string, status api.ResponseStatus) {
	s.done(&api.Response{ID: response, Status: status})
}

// hear pulls sound of a length.
func (s *stage) hear(d time.Duration) []byte {
	s.t.Helper()
	var all []byte
	for want := audio.ULaw.Bytes(d); len(all) < want; {
		synctest.Wait()
		s.ear.in.mu.Lock()
		frame := s.ear.in.sound.pop(min(want-len(all), 8))
		all = append(all, frame...)
		s.ear.in.taken += len(frame)
		s.ear.in.mu.Unlock()
		require.NotEmpty(s.t, frame, "there is no more sound")
		signal(s.ear.in.room)
	}
	return all
}

func (s *stage) interrupt() halted {
	s.t.Helper()
	synctest.Wait()
	h, err := s.stop(s.t.Context())
	require.NoError(s.t, err)
	return h
}

// TestSilenceNeedsNoWriter holds that a goroutine for the line runs only while a response is
// live: an idle bridge costs the memory of one goroutine less.
func TestSilenceNeedsNoWriter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		writes := func() bool {
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.writing
		}
		require.False(t, writes(), "nothing was said")
		for _, response := range []string{"a", "b"} {
			s.delta(response+"1", 0, 20*ms)
			require.True(t, writes(), "sound waits")
			s.hear(20 * ms)
			require.True(t, writes(), "more may come")
			s.finish(response, api.ResponseStatusCompleted)
			time.Sleep(time.Minute)
			assert.False(t, writes(), "all was heard")
		}
	})
}

// TestStop holds what the server is told after an interruption at any point.
func TestStop(t *testing.T) {
	t.Parallel()
	cut := func(item string, content int, end time.Duration) []amendment {
		return []amendment{{item, content, end}}
	}
	for name, tc := range map[string]struct {
		do   func(s *stage)
		want []amendment
	}{
		"nothing": {func(*stage) {}, nil},
		"half":    {func(s *stage) { s.delta("a1", 0, 200*ms); s.hear(100 * ms) }, cut("a1", 0, 100*ms)},
		"in pieces": {func(s *stage) {
			s.delta("a1", 0, 100*ms)
			s.hear(30 * ms)
			s.delta("a1", 0, 100*ms)
			s.hear(120 * ms)
		}, cut("a1", 0, 150*ms)},
		"rounded down":               {func(s *stage) { s.delta("a1", 0, 10*ms); s.hear(2*ms - sample) }, cut("a1", 0, ms)},
		"all":                        {func(s *stage) { s.delta("a1", 0, 10*ms); s.end("a1", 0); s.hear(10 * ms) }, nil},
		"all that has arrived":       {func(s *stage) { s.delta("a1", 0, 10*ms); s.hear(10 * ms) }, nil},
		"none":                       {func(s *stage) { s.delta("a1", 0, 10*ms) }, cut("a1", 0, 0)},
		"less than a millisecond":    {func(s *stage) { s.delta("a1", 0, 10*ms); s.hear(7 * sample) }, cut("a1", 0, 0)},
		"all but a sample":           {func(s *stage) { s.delta("a1", 0, 10*ms); s.end("a1", 0); s.hear(10*ms - sample) }, cut("a1", 0, 9*ms)},
		"after the response's end":   {func(s *stage) { s.delta("a1", 0, 10*ms); s.finish("a", api.ResponseStatusCompleted); s.hear(4 * ms) }, cut("a1", 0, 4*ms)},
		"second of two":              {func(s *stage) { s.delta("a1", 0, 10*ms); s.end("a1", 0); s.delta("a2", 0, 10*ms); s.hear(14 * ms) }, cut("a2", 0, 4*ms)},
		"first of three":             {func(s *stage) { s.three(); s.hear(4 * ms) }, []amendment{{"a1", 0, 4 * ms}, {"a2", 0, 0}, {"a3", 0, 0}}},
		"between two":                {func(s *stage) { s.three(); s.hear(10 * ms) }, []amendment{{"a2", 0, 0}, {"a3", 0, 0}}},
		"third":                      {func(s *stage) { s.three(); s.hear(25 * ms) }, cut("a3", 0, 5*ms)},
		"second part":                {func(s *stage) { s.parts(); s.hear(14 * ms) }, cut("a1", 1, 4*ms)},
		"between two parts":          {func(s *stage) { s.parts(); s.hear(10 * ms) }, nil},
		"before the first of parts":  {func(s *stage) { s.parts() }, cut("a1", 0, 0)},
		"restored":                   {func(s *stage) { s.delta("a1", 0, 200*ms); s.hear(100 * ms); s.outage() }, nil},
		"restored, nothing heard":    {func(s *stage) { s.delta("a1", 0, 200*ms); s.outage() }, nil},
		"deleted by others":          {func(s *stage) { s.delta("a1", 0, 200*ms); s.hear(100 * ms); s.kept("a1", 0, 0) }, nil},
		"truncated by others before": {func(s *stage) { s.delta("a1", 0, 200*ms); s.hear(100 * ms); s.kept("a1", 0, 80*ms) }, nil},
		"truncated by others behind": {func(s *stage) { s.delta("a1", 0, 200*ms); s.hear(100 * ms); s.kept("a1", 0, 180*ms) }, cut("a1", 0, 100*ms)},
		"outside of the conversation": {func(s *stage) {
			s.created(&api.Response{ID: "a", ConversationID: api.NullOf[string]()})
			s.delta("a1", 0, 200*ms)
			s.hear(100 * ms)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				tc.do(s)
				assert.Equal(t, tc.want, s.interrupt().amendments)
				assert.Empty(t, s.interrupt().amendments, "again")
				synctest.Wait()
				assert.Zero(t, s.ear.in.sound.len(), "the line is silent")
				s.delta("b1", 0, 10*ms)
				assert.Equal(t, bytes.Repeat([]byte("1"), 80), s.hear(10*ms), "the next response is played")
			})
		})
	}
}

func (s *stage) three() {
	for i := range 3 {
		item := fmt.Sprintf("a%d", i+1)
		s.delta(item, 0, 10*ms)
		s.end(item, 0)
	}
}

func (s *stage) parts() {
	for i := range 2 {
		s.delta("a1", i, 10*ms)
		s.end("a1", i)
	}
}

// TestLateSound brings sound of a stopped response after one, two and more stops, and
// after its end.
func TestLateSound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.delta("a1", 0, time.Second)
		s.hear(400 * ms)
		h := s.interrupt()
		assert.Equal(t, []string{"a"}, h.cancel)
		for range 3 {
			_, tell := s.delta("a1", 0, 100*ms)
			assert.False(t, tell, "the item was truncated already")
			assert.Empty(t, s.interrupt(), "nothing plays")
		}
		a, tell := s.delta("a2", 0, 100*ms)
		assert.True(t, tell)
		assert.Equal(t, amendment{"a2", 0, 0}, a, "an item that nobody hears")
		_, tell = s.delta("a2", 0, 100*ms)
		assert.False(t, tell, "once")
		s.finish("a", api.ResponseStatusCancelled)
		_, tell = s.delta("a1", 0, 100*ms)
		assert.False(t, tell)
		synctest.Wait()
		assert.Zero(t, s.ear.in.sound.len())
		require.NoError(t, <-s.playOut(), "nothing waits")
		for i := range 3 * maxGone {
			id := string(rune('b' + i))
			s.created(&api.Response{ID: id})
			s.finish(id, api.ResponseStatusCompleted)
		}
		assert.Len(t, s.gone, maxGone, "the list is bounded")
	})
}

// TestAnItemIsDeletedOnce stops an item before it was heard, of which a second part comes late.
func TestAnItemIsDeletedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.delta("a1", 0, 100*ms)
		assert.Equal(t, []amendment{{"a1", 0, 0}}, s.interrupt().amendments)
		_, tell := s.delta("a1", 1, 100*ms)
		assert.False(t, tell)
		s.created(&api.Response{ID: "b"})
		s.interrupt()
		_, tell = s.delta("b1", 0, 100*ms)
		assert.True(t, tell)
		_, tell = s.delta("b1", 1, 100*ms)
		assert.False(t, tell, "both are late")
	})
}

// TestMoreOfWhatWasHeard stops a response when all that had arrived was heard. More of it
// comes late: then the item holds more than was heard.
func TestMoreOfWhatWasHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.delta("a1", 0, 100*ms)
		s.hear(100 * ms)
		assert.Empty(t, s.interrupt().amendments)
		a, tell := s.delta("a1", 0, 50*ms)
		assert.True(t, tell)
		assert.Equal(t, amendment{"a1", 0, 100 * ms}, a)
		_, tell = s.delta("a1", 0, 50*ms)
		assert.False(t, tell, "once")
	})
}

// TestItemsPlayOneAfterAnother mixes the sound of two responses that run at the same time.
func TestItemsPlayOneAfterAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.created(&api.Response{ID: "b", ConversationID: api.NullOf[string]()})
		s.delta("a1", 0, 10*ms)
		s.delta("b2", 0, 10*ms)
		s.delta("a1", 0, 10*ms)
		assert.Equal(t, bytes.Repeat([]byte("1"), 160), s.hear(20*ms))
		s.end("a1", 0)
		assert.Equal(t, bytes.Repeat([]byte("2"), 80), s.hear(10*ms))
	})
}

// TestItemsOfAResponsePlayOneAfterAnother mixes the sound of the parts of one response.
func TestItemsOfAResponsePlayOneAfterAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		for range 3 {
			s.delta("a1", 0, 10*ms)
			s.delta("a1", 1, 20*ms)
			s.delta("a2", 0, 30*ms)
		}
		assert.Equal(t, bytes.Repeat([]byte("1"), 240), s.hear(30*ms))
		s.end("a1", 0)
		s.end("a1", 1)
		assert.Equal(t, bytes.Repeat([]byte("1"), 480), s.hear(60*ms))
		assert.Equal(t, bytes.Repeat([]byte("2"), 160), s.hear(20*ms))
		var received []time.Duration
		for _, p := range s.live[0].parts {
			received = append(received, p.result(audio.ULaw, audio.ULaw).Received)
		}
		assert.Equal(t, []time.Duration{30 * ms, 60 * ms, 90 * ms}, received)
		assert.Equal(t, []amendment{{"a2", 0, 20 * ms}}, s.interrupt().amendments)
	})
}

// slowLine is a line whose Clear takes effect when it is let through.
type slowLine struct {
	*PipeLine

	through chan struct{}
}

func (l slowLine) Clear(ctx context.Context) error {
	<-l.through
	return l.PipeLine.Clear(ctx)
}

// TestTheNextResponseWaitsForTheClear brings sound while the line is being cleared: it
// would be thrown away with the old one.
func TestTheNextResponseWaitsForTheClear(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, ear := Pipe(audio.ULaw)
		line := slowLine{l, make(chan struct{})}
		s := newStageOver(t, line, ear)
		s.delta("a1", 0, time.Second)
		s.hear(100 * ms)
		stopped := make(chan error, 1)
		go func() {
			_, err := s.stop(t.Context())
			stopped <- err
		}()
		synctest.Wait()
		s.delta("b2", 0, 100*ms)
		synctest.Wait()
		close(line.through)
		require.NoError(t, <-stopped)
		assert.Equal(t, bytes.Repeat([]byte("2"), 800), s.hear(100*ms))
	})
}
