package usage

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Meter counts what one session uses, through its reconnections. All methods may be
// called from anywhere.
type Meter struct {
	o       Options
	account *Account // the meter's own; the chosen one is its parent

	mu          sync.Mutex // guards what follows; no account's is taken while it is held
	session     string
	model       string
	transcribes string
	running     []running
	counted     []string // ids of the last responses and items that were counted
	idle        []func() // run when no response is running
}

// running is a response that has not ended.
type running struct{ id, conversation string }

const (
	// mostRunning bounds the responses that are remembered as running: some servers begin
	// responses and do not end them.
	mostRunning = 64
	// patience is how long a spent budget waits for running responses to end.
	patience = 5 * time.Minute
)

// Options configure a [Meter].
type Options struct {
	// Prices by which the session is charged. Default: those of Account, or [Published].
	// Their currency is that of Account: a cost in another one has [ErrCurrency] there.
	Prices *Prices
	// Account also counts what the session uses.
	Account *Account
	// Budget is the limit of this session alone.
	Budget Budget
	// Model is the name under which the session's prices are looked up. By default it is
	// the one that the server sends in session.created. Set it for a [realtime.Call],
	// which gets no session.created, and where the server has another name for the model.
	Model string
	// Transcription is the same for the model that transcribes.
	Transcription string
	// OnEntry is called for each response and each transcript that was counted, on the
	// session's goroutine; it must be fast and must call no method of the session that
	// waits.
	OnEntry func(Entry)
}

// NewMeter returns a meter for one session. A nil o counts by [Published] prices.
func NewMeter(o *Options) *Meter {
	m := &Meter{}
	if o != nil {
		m.o = *o
	}
	m.account = NewAccount(&AccountOptions{Name: "session", Prices: m.o.Prices, Parent: m.o.Account, Budget: m.o.Budget})
	return m
}

// Tap returns the observer for Options.Taps of the session. It costs nothing for events
// that are not charged.
func (m *Meter) Tap() *realtime.Tap { return &realtime.Tap{Received: m.received, SkipAudio: true} }

// Bill returns what the session has used so far.
func (m *Meter) Bill() Bill { return m.account.Bill() }

// Spent is [Account.Spent] of the session, its account and their parents.
func (m *Meter) Spent() error { return m.account.Spent() }

// Guard ends the session once a budget is spent, with a [*BudgetError] that Recv, Err and
// pending requests return. It returns at once, and needs no goroutine until then.
func (m *Meter) Guard(s *realtime.Session) {
	var stops []func() bool
	for a := m.account; a != nil; a = a.parent {
		if a.budget.Limit <= 0 {
			continue
		}
		stops = append(stops, context.AfterFunc(a.spent, func() {
			end := func() { _ = s.Abort(context.Cause(a.spent)) }
			if a.budget.Stop == AtOnce || !m.whenIdle(end) {
				end()
				return
			}
			late := time.AfterFunc(patience, end)
			context.AfterFunc(s.Context(), func() { late.Stop() })
		}))
	}
	if stops == nil {
		return
	}
	context.AfterFunc(s.Context(), func() {
		for _, stop := range stops {
			stop()
		}
	})
}

// whenIdle runs f when no response is running. It returns false if none is now.
func (m *Meter) whenIdle(f func()) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.running) == 0 {
		return false
	}
	m.idle = append(m.idle, f)
	return true
}

// received is called for each event of the session.
func (m *Meter) received(e realtime.Event, _ error, _ []byte) {
	switch e := e.(type) {
	case *api.SessionCreated:
		m.describe(e.Session, true)
	case *api.SessionUpdated:
		m.describe(e.Session, false)
	case *api.ResponseCreated:
		m.begin(&e.Response)
	case *api.ResponseDone:
		m.response(&e.Response)
	case *api.ConversationItemInputAudioTranscriptionCompleted:
		m.transcript(e)
	default:
	}
}

// begin notes that a response runs. A conversation has one at a time, so that an earlier
// one of the same conversation has ended.
func (m *Meter) begin(r *api.Response) {
	m.mu.Lock()
	defer m.mu.Unlock()
	conversation, _ := r.ConversationID.Get()
	m.running = slices.DeleteFunc(m.running, func(o running) bool {
		return o.id == r.ID || conversation != "" && o.conversation == conversation
	})
	if len(m.running) == mostRunning {
		m.running = slices.Delete(m.running, 0, 1)
	}
	m.running = append(m.running, running{r.ID, conversation})
}

// describe notes the models of a session. A new session has no response running.
func (m *Meter) describe(s api.Session, created bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.session = strings.Clone(api.SessionID(s)) // Strings of an event keep the memory of all of it.
	switch s := s.(type) {
	case *api.RealtimeSession:
		m.model = strings.Clone(string(s.Model))
		if s.Audio != nil && s.Audio.Input != nil {
			m.noteTranscription(s.Audio.Input.Transcription)
		}
	case *api.TranscriptionSession:
		if s.Audio != nil && s.Audio.Input != nil {
			m.noteTranscription(s.Audio.Input.Transcription)
		}
	default:
	}
	if created {
		m.running = nil
		m.release()
	}
}

func (m *Meter) noteTranscription(t api.Nullable[api.AudioTranscription]) {
	if v, ok := t.Get(); ok && v.Model != nil {
		m.transcribes = strings.Clone(string(*v.Model))
	}
}

// response counts a response that is over.
func (m *Meter) response(r *api.Response) {
	m.mu.Lock()
	m.running = slices.DeleteFunc(m.running, func(o running) bool { return o.id == r.ID })
	e := Entry{ID: r.ID, Session: m.session, Model: cmp.Or(m.o.Model, m.model), Status: string(r.Status)}
	again := r.ID != "" && m.again(r.ID)
	m.mu.Unlock()
	if u, ok := r.Usage.Get(); ok && !again {
		c, err := countResponse(&u)
		m.count(e, c, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.release()
}

// transcript counts the transcript of an item.
func (m *Meter) transcript(t *api.ConversationItemInputAudioTranscriptionCompleted) {
	m.mu.Lock()
	e := Entry{ID: t.ItemID, Session: m.session, Model: cmp.Or(m.o.Transcription, m.transcribes)}
	again := t.ItemID != "" && m.again(t.ItemID+" "+strconv.Itoa(t.ContentIndex))
	m.mu.Unlock()
	if again {
		return
	}
	c, err := countTranscript(t.Usage)
	m.count(e, c, err)
}

// again reports whether an id was counted before: some servers repeat events.
func (m *Meter) again(id string) bool {
	const most = 32
	if slices.Contains(m.counted, id) {
		return true
	}
	if len(m.counted) == most {
		m.counted = slices.Delete(m.counted, 0, 1)
	}
	m.counted = append(m.counted, id)
	return false
}

// count prices an entry, and adds it to the accounts.
func (m *Meter) count(e Entry, c Count, err error) {
	e.Count = c
	if err != nil {
		e.Err = &PriceError{e.Model, err}
	} else {
		e.Cost, e.Err = m.account.prices.Cost(e.Model, c)
	}
	m.account.Add(e)
	if m.o.OnEntry != nil {
		m.o.OnEntry(e)
	}
}

// release runs what waited for the end of all responses, each on a goroutine of its own:
// a session cannot be ended from a tap.
func (m *Meter) release() {
	if len(m.running) > 0 {
		return
	}
	for _, f := range m.idle {
		go f()
	}
	m.idle = nil
}
