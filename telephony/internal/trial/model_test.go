package trial

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
)

// model is the server of one session, whose model speaks in pieces of any length and speed
// and whose user interrupts at any moment.
type model struct {
	t      *testing.T
	call   *telephonytest.Call
	format audio.Format // of the session
	until  time.Time

	mu    sync.Mutex // guards what follows, and writes
	rng   *rand.Rand
	items []*item
	trace []string
	peer  *peer.Peer
	ready chan struct{} // closed once the session has its settings
}

// item is one thing that the model says: sound of one level, by which it is recognized.
type item struct {
	n     int
	id    string
	sent  time.Duration
	cut   bool
	told  time.Duration // what the server was told was heard; -1: nothing
	after time.Duration // what was heard 100 ms after speech began
}

func (m *model) note(format string, args ...any) {
	m.trace = append(m.trace, fmt.Sprintf("%8.3f ", time.Until(m.until).Seconds())+fmt.Sprintf(format, args...))
}

func (m *model) send(e api.ServerEvent) {
	data, err := json.Marshal(e)
	if err != nil {
		m.t.Error(err)
	}
	m.peer.Send(string(data))
}

// serve plays the connection.
func (m *model) serve(p *peer.Peer) {
	m.mu.Lock()
	m.peer = p
	m.send(&api.SessionCreated{Session: &api.RealtimeSession{ID: "sess", Model: "m"}})
	m.mu.Unlock()
	for e := p.Read(); e != nil; e = p.Read() {
		m.mu.Lock()
		m.handle(e)
		m.mu.Unlock()
	}
}

func (m *model) handle(e map[string]any) {
	kind := peer.TextAt(e, "type")
	switch kind {
	case "session.update":
		m.send(&api.SessionUpdated{Session: &api.RealtimeSession{ID: "sess", Model: "m"}})
		select {
		case <-m.ready:
		default:
			close(m.ready)
		}
	case "conversation.item.truncate":
		end, _ := e["audio_end_ms"].(float64)
		it := m.item(peer.TextAt(e, "item_id"))
		it.told = time.Duration(end) * time.Millisecond
		m.note("told %v of %s", it.told, it.id)
		m.send(&api.ConversationItemTruncated{ItemID: it.id, AudioEndMS: int(end)})
	case "conversation.item.delete":
		it := m.item(peer.TextAt(e, "item_id"))
		it.told = 0
		m.note("deleted %s", it.id)
		m.send(&api.ConversationItemDeleted{ItemID: it.id})
	}
}

func (m *model) item(id string) *item {
	for _, it := range m.items {
		if it.id == id {
			return it
		}
	}
	m.t.Errorf("the item %q is unknown", id)
	return &item{}
}

func (m *model) between(least, most time.Duration) time.Duration {
	return least + time.Duration(m.rng.Int64N(int64(most-least)+1))
}

// live lets the model speak, until the time is over.
func (m *model) live() {
	<-m.ready
	for n := 0; time.Now().Before(m.until) && n < levels*2; n++ {
		m.mu.Lock()
		pause := m.between(20*time.Millisecond, 600*time.Millisecond)
		cut := time.Duration(-1)
		if m.rng.IntN(3) > 0 {
			cut = m.between(0, 3*time.Second)
		}
		m.mu.Unlock()
		time.Sleep(pause)
		m.respond(n, cut)
	}
}

// respond says one item, which the user interrupts after a time unless that is negative.
func (m *model) respond(n int, cut time.Duration) {
	m.mu.Lock()
	it := &item{n: n, id: fmt.Sprintf("i%d", n), told: -1}
	m.items = append(m.items, it)
	response := fmt.Sprintf("r%d", n)
	left, speed := m.between(30*time.Millisecond, 4*time.Second), []float64{0, 0.05, 0.7, 1.3}[m.rng.IntN(4)]
	begin := time.Now()
	m.note("%s begins: %v, speed %v, cut after %v", it.id, left, speed, cut)
	m.send(&api.ResponseCreated{Response: api.Response{ID: response, Status: api.ResponseStatusInProgress, ConversationID: api.Value("c")}})
	m.mu.Unlock()
	cutNow := func() bool { return cut >= 0 && time.Since(begin) >= cut }
	for left > 0 && !cutNow() {
		m.mu.Lock()
		d := min(m.between(10*time.Millisecond, 300*time.Millisecond), left)
		sound := levelSound(m.format, n, d)
		left, it.sent = left-d, it.sent+m.format.Duration(len(sound))
		m.send(&api.ResponseOutputAudioDelta{ResponseID: response, ItemID: it.id, Delta: sound})
		m.mu.Unlock()
		time.Sleep(time.Duration(speed * float64(d)))
	}
	status := api.ResponseStatusCompleted
	if left > 0 {
		status = api.ResponseStatusCancelled
	} else {
		m.mu.Lock()
		m.send(&api.ResponseOutputAudioDone{ResponseID: response, ItemID: it.id})
		m.send(&api.ResponseDone{Response: api.Response{ID: response, Status: status, ConversationID: api.Value("c")}})
		m.mu.Unlock()
	}
	m.finish(it, begin, cut, response, status)
}

// finish waits until an item was heard, or lets the user interrupt it.
func (m *model) finish(it *item, begin time.Time, cut time.Duration, response string, status api.ResponseStatus) {
	if cut < 0 || cut > time.Since(begin)+it.sent {
		time.Sleep(it.sent + 500*time.Millisecond)
		return
	}
	time.Sleep(cut - time.Since(begin))
	m.mu.Lock()
	it.cut = true
	m.note("speech began, %v of %s were heard", heardOf(m.call, it.n), it.id)
	m.send(&api.InputAudioBufferSpeechStarted{ItemID: "u"})
	if status == api.ResponseStatusCancelled {
		// What was on its way when the user spoke.
		sound := levelSound(m.format, it.n, 100*time.Millisecond)
		it.sent += m.format.Duration(len(sound))
		m.send(&api.ResponseOutputAudioDelta{ResponseID: response, ItemID: it.id, Delta: sound})
		m.send(&api.ResponseDone{Response: api.Response{ID: response, Status: status, ConversationID: api.Value("c")}})
	}
	m.mu.Unlock()
	time.Sleep(100 * time.Millisecond)
	it.after = heardOf(m.call, it.n)
	time.Sleep(300 * time.Millisecond)
}

// The sound of an item is a constant level.
const (
	levelStep = 1500
	levels    = 18
)

func levelSound(f audio.Format, item int, d time.Duration) []byte {
	level := int16(2000 + levelStep*(item%levels))
	if item >= levels {
		level = -level
	}
	sound := make([]int16, int(d.Seconds()*float64(f.Rate())))
	for i := range sound {
		sound[i] = level
	}
	return f.AppendBytes(nil, sound)
}

// heardOf returns how much of an item the caller has heard.
func heardOf(c *telephonytest.Call, item int) time.Duration {
	_, out := c.Formats()
	count := 0
	for _, s := range out.AppendSamples(nil, c.Heard()) {
		base, level := 0, int(s)
		if level < 0 {
			base, level = levels, -level
		}
		n := (level - 2000 + levelStep/2) / levelStep
		if level >= 2000-levelStep/2 && n < levels && base+n == item {
			count++
		}
	}
	return out.Duration(count * out.SampleSize())
}
