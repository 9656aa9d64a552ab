package realtime

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// sighting is what a tap saw: a message, or a run.
type sighting struct {
	what string
	run  AudioRun
}

// audience is three taps that want the model's audio in different ways, and what each saw.
type audience struct{ deltas, runs, none []sighting }

func (a *audience) taps() []*Tap {
	received := func(to *[]sighting) func(Event, error, []byte) {
		return func(e Event, malformed error, _ []byte) {
			x := sighting{what: "malformed"}
			switch e := e.(type) {
			case *Reconnecting:
				x.what = "reconnecting"
			case api.ServerEvent:
				x.what = api.ServerEventID(e)
			default:
				if malformed == nil {
					x.what = "nothing"
				}
			}
			*to = append(*to, x)
		}
	}
	return []*Tap{
		{Received: received(&a.deltas)},
		{Received: received(&a.runs), Audio: func(r AudioRun) { a.runs = append(a.runs, sighting{"run", r}) }},
		{Received: received(&a.none), SkipAudio: true},
	}
}

// audioModel is what taps should see, by the simplest means: it keeps every piece.
type audioModel struct {
	audience

	open []modelPiece
}

type modelPiece struct {
	response, item string
	content        int
	wire, sound    int
	at             time.Time
}

func (m *audioModel) piece(p modelPiece, id string) {
	m.deltas = append(m.deltas, sighting{what: id})
	if len(m.open) > 0 {
		first := m.open[0]
		same := first.response == p.response && first.item == p.item && first.content == p.content
		if !same || p.at.Sub(first.at) >= 4*time.Second {
			m.end()
		}
	}
	m.open = append(m.open, p)
}

func (m *audioModel) end() {
	if len(m.open) == 0 {
		return
	}
	first, last := m.open[0], m.open[len(m.open)-1]
	r := AudioRun{
		EventType:  "response.output_audio.delta",
		ResponseID: first.response, ItemID: first.item, ContentIndex: first.content, Deltas: len(m.open), First: first.at, Last: last.at,
	}
	for i, p := range m.open {
		r.MessageBytes += int64(p.wire)
		r.AudioBytes += int64(p.sound)
		if i > 0 {
			r.Gap = max(r.Gap, p.at.Sub(m.open[i-1].at))
		}
	}
	m.runs = append(m.runs, sighting{"run", r})
	m.open = nil
}

// pass ends a run that nothing has followed for five seconds.
func (m *audioModel) pass() {
	if len(m.open) > 0 && time.Since(m.open[0].at) >= 5*time.Second {
		m.end()
	}
}

func (m *audioModel) message(what string, ends bool) {
	if ends {
		m.end()
	}
	m.deltas = append(m.deltas, sighting{what: what})
	m.runs = append(m.runs, sighting{what: what})
	m.none = append(m.none, sighting{what: what})
}

// TestTapsSeeAudioAsTheyWant runs random schedules of audio and other messages, at random
// times, against a model.
func TestTapsSeeAudioAsTheyWant(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			var got audience
			var want audioModel
			s := loneSession(t, &Options{Taps: got.taps()})
			s.Discard()
			for n := range 1 + random.IntN(60) {
				step(t, s, &want, random, fmt.Sprintf("event_%d", n))
			}
			_, err := (*owner)(s).Redial(errors.New("the end"))
			require.Error(t, err)
			want.end()
			require.Equal(t, want.audience, got, "seed %d", seed)
		})
	}
}

// step has one thing happen to a session and to the model.
func step(t *testing.T, s *Session, m *audioModel, random *rand.Rand, id string) {
	t.Helper()
	switch random.IntN(16) {
	case 0:
		time.Sleep(time.Duration(random.Int64N(int64(8 * time.Second))))
		m.pass()
	case 1:
		m.message(id, false)
		require.NoError(t, s.take(fmt.Appendf(nil, `{"type":"response.output_audio_transcript.delta","event_id":%q,"delta":"word"}`, id)))
	case 2:
		m.message(id, true)
		require.NoError(t, s.take(fmt.Appendf(nil, `{"type":"rate_limits.updated","event_id":%q}`, id)))
	case 3:
		m.message("malformed", true)
		require.NoError(t, s.take([]byte("{")))
	case 4:
		m.message("reconnecting", true)
		require.NoError(t, s.tell(&Reconnecting{}))
	default:
		time.Sleep(time.Duration(random.IntN(int(300 * time.Millisecond))))
		m.pass()
		p := modelPiece{
			response: []string{"", "resp_1"}[random.IntN(8)/7], item: []string{"item_1", "item_2"}[random.IntN(8)/7],
			content: random.IntN(8) / 7, sound: random.IntN(4000), at: time.Now(),
		}
		e := &api.ResponseOutputAudioDelta{EventID: id, ResponseID: p.response, ItemID: p.item, ContentIndex: p.content, Delta: make([]byte, p.sound)}
		data, err := e.AppendJSON(nil)
		require.NoError(t, err)
		p.wire = len(data)
		m.piece(p, id)
		if random.IntN(8) == 0 { // While a conversation is restored.
			e, err := api.DecodeServerEvent(data)
			require.NoError(t, err)
			(*owner)(s).Observe(e, data)
		} else {
			require.NoError(t, s.take(data))
		}
	}
}

func TestTheLastRunComesBeforeClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			p.Created()
			p.Send(audioFrame(make([]byte, 800)))
			p.Drain()
		})
		var seen []string
		s := connect(t, c, &Options{Taps: []*Tap{{
			Audio: func(r AudioRun) { seen = append(seen, fmt.Sprint("audio ", r.AudioBytes)) },
			Ended: func(error) { seen = append(seen, "ended") },
		}}})
		synctest.Wait()
		assert.Empty(t, seen)
		require.NoError(t, s.Close())
		assert.Equal(t, []string{"audio 800", "ended"}, seen)
	})
}

// TestTheLastRunComesBeforeTheEnd holds for an end without a last message, with and without
// a connection that follows.
func TestTheLastRunComesBeforeTheEnd(t *testing.T) {
	t.Parallel()
	for _, reconnect := range []*Reconnect{nil, {}} {
		synctest.Test(t, func(t *testing.T) {
			c := script(t, func(p *peer) {
				p.Created()
				if p.N == 1 {
					p.Send(audioFrame(make([]byte, 800)))
					time.Sleep(30 * time.Second)
					p.Close(1011, "broken")
				}
				p.Drain()
			})
			var seen []string
			tap := &Tap{
				Received: func(e Event, _ error, _ []byte) { seen = append(seen, e.EventType()) },
				Audio:    func(r AudioRun) { seen = append(seen, fmt.Sprintf("audio %d %v", r.AudioBytes, time.Since(r.Last))) },
				Ended:    func(error) { seen = append(seen, "ended") },
			}
			s := connect(t, c, &Options{Reconnect: reconnect, Taps: []*Tap{tap}, PingInterval: -1})
			want := []string{"session.created", "audio 800 5s", "ended"}
			if reconnect != nil {
				next[*Reconnected](t, s)
				want = []string{want[0], want[1], "realtime.reconnecting", "session.created", "realtime.reconnected", "ended"}
			}
			time.Sleep(time.Minute)
			_ = s.Close()
			assert.Equal(t, want, seen)
		})
	}
}

// TestASessionFitsItsSizeClass: the allocator gives out 1,152 bytes, 8 of them its own, and
// then 1,280.
func TestASessionFitsItsSizeClass(t *testing.T) {
	t.Parallel()
	assert.LessOrEqual(t, reflect.TypeFor[Session]().Size(), uintptr(1152-8))
}

// TestWhatAPieceOfARunNeedsIsOneLine: a line of memory begins at a multiple of 64 bytes, and so
// do sessions. A second line would cost more than all else that taps do.
func TestWhatAPieceOfARunNeedsIsOneLine(t *testing.T) {
	t.Parallel()
	audio, ok := reflect.TypeFor[Session]().FieldByName("audio")
	require.True(t, ok)
	offset := uintptr(0)
	for i := range audio.Index {
		offset += reflect.TypeFor[Session]().FieldByIndex(audio.Index[:i+1]).Offset
	}
	assert.Zero(t, offset%64, offset)
}

// TestAllocationsOfRuns is not parallel: it counts what an audio event costs with taps that
// want runs.
func TestAllocationsOfRuns(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget with the race detector")
	}
	heard := int64(0)
	tap := &Tap{Audio: func(r AudioRun) { heard += r.AudioBytes }}
	s := loneSession(t, &Options{Taps: []*Tap{tap, {SkipAudio: true}}})
	s.Discard()
	frame := []byte(audioFrame(make([]byte, 4800)))
	assert.Zero(t, testing.AllocsPerRun(1000, func() {
		require.NoError(t, s.take(frame))
		require.NoError(t, s.take(frame))
		s.audio.End()
	}))
	assert.EqualValues(t, 2*1001*4800, heard)
}
