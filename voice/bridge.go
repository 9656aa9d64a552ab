package voice

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/realtime"
)

// BridgeOptions are the settings of a [Bridge]. The zero value suits a telephone call.
type BridgeOptions struct {
	// Formats are the formats that the session has. Nil lets the bridge choose those of
	// [SessionFormats] and set them with session.update. Sound is converted if the line
	// has others, and if a response has another format than the session. Run returns an
	// error if the session describes another format for its input. In may be PCM of
	// another rate, for servers that hear one, such as Qwen-Omni: &Formats{In:
	// audio.PCM16k, Out: audio.PCM24k}.
	Formats *Formats
	// MarkEvery is the length of sound between marks, on lines that have them; default
	// 200 ms.
	MarkEvery time.Duration
	// MarksOnly counts as heard what marks prove, and nothing between them: for lines
	// that may stall in the middle of sound. What was heard is then understated by
	// MarkEvery at most, and by the time that a mark takes to come back.
	MarksOnly bool
	// Latency is the time from Play to the listener's ear on lines with neither marks nor
	// a count; default 150 ms, negative: none.
	Latency time.Duration
	// Ahead is the most sound that the line is given beyond what was heard, or what it
	// has played by the clock if marks are late; default 10 s.
	Ahead time.Duration
	// OpenSilence is how long the line is silent (below -50 dBFS) before speech is given up
	// that the server has heard begin and not end, as after noise: the bridge then clears the
	// server's input buffer, so that answers go on. Default 10 s, negative: never.
	OpenSilence time.Duration
	// BargeIn is what the user's voice does to sound that plays.
	BargeIn Policy

	// Mux holds the program's handlers for the session's events. The bridge adds its own
	// and runs it. A handler that blocks holds up the bridge. Handlers that own audio
	// events cost memory for each of them; see [realtime.OnAudio].
	Mux *realtime.Mux
	// Key is called for each key that came over the line, on the goroutine that receives:
	// it must not block. Nil ignores keys.
	Key func(key rune, held time.Duration)
	// Taps observe what was heard.
	Taps []*Tap
	// Log gets a warning for each refusal of a truncation or deletion, and for a [Buffered]
	// line that blocks; nil: none.
	Log *slog.Logger
}

func (o *BridgeOptions) resolved(l Line) BridgeOptions {
	var c BridgeOptions
	if o != nil {
		c = *o
	}
	if c.Formats == nil {
		f := SessionFormats(l)
		c.Formats = &f
	}
	c.MarkEvery = positive(c.MarkEvery, 200*time.Millisecond)
	c.Ahead = positive(c.Ahead, 10*time.Second)
	if c.OpenSilence == 0 {
		c.OpenSilence = 10 * time.Second
	}
	if c.Latency == 0 {
		c.Latency = 150 * time.Millisecond
	}
	c.Latency = max(c.Latency, 0)
	if c.Mux == nil {
		c.Mux = realtime.NewMux()
	}
	if c.Key == nil {
		c.Key = func(rune, time.Duration) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func positive(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// Bridge carries sound between a session and a line, in both directions. When the user
// speaks it silences the line, truncates the item that was playing at what was heard of
// it, and deletes the items of which nothing was heard. Sound that arrives late for a
// stopped response is not played.
//
// A bridge uses a session that its owner opens and closes. It is the receiver of the
// session's events: give handlers of your own in BridgeOptions.Mux. Packages agent and
// the like have a bridge of their own. All methods may be called from any goroutine.
type Bridge struct {
	talk   talk // First, so that it begins with a line of memory.
	line   Line
	mux    *realtime.Mux
	given  bool // BridgeOptions.Formats was set: the session has the formats
	chosen Formats
	leave  atomic.Pointer[context.CancelCauseFunc] // ends the receiving from a session; nil before Run
	began  atomic.Bool
	using  sync.Mutex // serializes Use
}

// NewBridge returns a bridge between s and l; o may be nil. The error is about formats.
// Nothing happens before [Bridge.Run].
func NewBridge(s *realtime.Session, l Line, o *BridgeOptions) (*Bridge, error) {
	if s == nil || l == nil {
		return nil, errors.New("voice: the session or the line is nil")
	}
	c := o.resolved(l)
	if err := c.Formats.check(l); err != nil {
		return nil, err
	}
	in, _ := l.Formats()
	b := &Bridge{line: l, mux: c.Mux, given: o != nil && o.Formats != nil, chosen: *c.Formats}
	b.talk.policy, b.talk.log = c.BargeIn, c.Log
	b.talk.session.Store(s)
	setSpeaker(&b.talk.speaker, l, &c)
	b.talk.mic = &mic{
		line: l, format: c.Formats.In, convert: converter(in, c.Formats.In),
		session: b.talk.session.Load, mark: b.talk.speaker.returned, key: c.Key,
	}
	b.talk.mic.turn.limit = c.OpenSilence
	b.talk.attach(c.Mux)
	return b, nil
}

// setSpeaker sets what is set once of a speaker.
func setSpeaker(s *speaker, l Line, c *BridgeOptions) {
	_, s.to = l.Formats()
	s.line, s.from, s.ahead, s.every = l, c.Formats.Out, c.Ahead, s.to.Bytes(c.MarkEvery)
	s.convert, s.warn, s.kick = converter(s.from, s.to), c.Log, make(chan struct{}, 1)
	s.player, _ = l.(Player)
	s.marker, _ = l.(Marker)
	s.buffer, _ = l.(Buffered)
	by := ByClock
	switch {
	case s.player != nil:
		by, s.marker = ByDevice, nil
		s.proof, _ = l.(interface{ Evidence() Evidence })
	case s.marker != nil:
		by, s.buffer = ByMark, nil
	}
	s.account = newAccount(s.to, by)
	s.account.strict, s.account.latency = c.MarksOnly, c.Latency
	s.account.observe = s.observer(c.Taps)
}

// errLineOver ends a Run whose line has ended.
var errLineOver = errors.New("voice: end of the line")

// Run carries sound until the line or the session ends, and returns nil if that was in
// good order, otherwise the error of the session, the line or ctx. It first sets the
// session's formats, unless BridgeOptions.Formats is given, and waits for the
// confirmation. When the line ends, the server is told what was heard of the answer that
// was playing; when ctx ends, it is not. Line and session stay open. Run can be called
// once.
func (b *Bridge) Run(ctx context.Context) (err error) {
	if b.began.Swap(true) {
		return errors.New("voice: Bridge.Run was called before")
	}
	defer func() { b.talk.speaker.close(err) }()
	s := b.talk.session.Load()
	if err := b.setFormats(ctx, s); err != nil {
		return err
	}
	b.talk.describe(s.Current())
	ctx, end := context.WithCancelCause(ctx)
	defer b.talk.mic.turn.end()
	running := b.carry(ctx, end)
	end(b.receive(ctx))
	b.talk.speaker.open(outlet{})
	running.Wait()
	return b.result(ctx)
}

// carry starts the goroutines that carry sound until ctx ends. Their errors are the
// argument of end.
func (b *Bridge) carry(ctx context.Context, end context.CancelCauseFunc) *sync.WaitGroup {
	running := new(sync.WaitGroup)
	b.talk.mic.turn.clear = func() { b.talk.clearInput(ctx) }
	b.talk.mic.speech = func(x Speech) {
		if x == SpeechBegan && b.talk.policy != NeverStop {
			if err := b.talk.bargeIn(ctx, false); err != nil {
				end(err)
			}
		}
	}
	running.Go(func() {
		err := b.talk.mic.listen(ctx)
		if err == nil {
			err = errLineOver
		}
		end(err)
	})
	b.talk.speaker.open(b.outlet(ctx, running, end))
	return running
}

// outlet returns what plays until ctx ends.
func (b *Bridge) outlet(ctx context.Context, running *sync.WaitGroup, end context.CancelCauseFunc) outlet {
	over := func(err error) {
		// When the line has ended, the reader returns what is queued, and then the end.
		if err != nil && !errors.Is(err, ErrLineEnded) {
			end(err)
		}
	}
	return outlet{
		ctx:   ctx,
		start: func() { running.Go(func() { over(b.talk.speaker.play(ctx)) }) },
		fail:  over,
	}
}

// result returns the result of Run once ctx and the goroutines have ended.
func (b *Bridge) result(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, errLineOver) {
		b.hangUp(ctx)
	}
	b.talk.telling.Wait()
	if errors.Is(cause, errLineOver) || errors.Is(cause, errSessionOver) {
		return nil
	}
	return cause
}

// errSessionOver ends a Run whose session has ended in good order.
var errSessionOver = errors.New("voice: end of the session")

// errMoved ends the receiving from a session whose place another one has taken.
var errMoved = errors.New("voice: another session has taken over")

// receive handles the events of one session after another. It never returns nil.
func (b *Bridge) receive(ctx context.Context) error {
	for {
		one, leave := context.WithCancelCause(ctx)
		b.leave.Store(&leave) // Before the session is read: Use does it the other way round.
		err := b.mux.Run(one, b.talk.session.Load())
		moved := errors.Is(context.Cause(one), errMoved)
		leave(nil)
		switch {
		case moved:
		case err == nil:
			return errSessionOver
		default:
			return err
		}
	}
}

// lastWords bounds what the server is told after the end of the line.
const lastWords = 2 * time.Second

// hangUp tells the server what was heard when the line has ended.
func (b *Bridge) hangUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	_ = b.talk.tellNow(ctx, b.talk.speaker.silence()) // The session may have ended.
}

func (b *Bridge) setFormats(ctx context.Context, s *realtime.Session) error {
	if b.given {
		return b.chosen.agree(s.Current())
	}
	_, err := s.Update(ctx, b.chosen.config())
	return err
}

// Interrupt stops what is being said, as the user's voice does: it silences the line,
// cancels the response that runs, and lets the conversation hold what was heard. It
// returns when the server has confirmed that, and how much was heard of the item that
// was playing; the zero Heard if none was. Errors are those of the line, refusals of the
// server, and ctx's; the line is silent even so.
func (b *Bridge) Interrupt(ctx context.Context) (Heard, error) {
	if err := ctxerr.Of(ctx); err != nil {
		return Heard{}, err
	}
	h, err := b.talk.speaker.stop(ctx)
	if errors.Is(err, ErrLineEnded) {
		err = nil
	}
	return h.heard, errors.Join(err, b.talk.tellNow(ctx, h))
}

// PlayOut waits until every response that has begun has ended and was heard. A response
// that was asked for with Send may not have begun: ask for it with Session.Request. PlayOut
// returns [ErrInterrupted] if the sound was stopped before, and ctx's error.
func (b *Bridge) PlayOut(ctx context.Context) error {
	result := b.talk.speaker.playOut()
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	}
}

// Turns returns a loop over the turns that are over from now on, until Run ends. The last
// pair holds the error of Run, if that returns one, that of ctx, or [realtime.ErrBehind]
// for a loop that is more than 1,024 turns behind. Each further loop over the same
// iterator begins anew.
func (b *Bridge) Turns(ctx context.Context) iter.Seq2[*Turn, error] {
	return b.talk.speaker.finished.From(ctx)
}

// Utterances is [Bridge.Turns] for single responses, those outside of the conversation
// included, for programs that group them by themselves.
func (b *Bridge) Utterances(ctx context.Context) iter.Seq2[*Utterance, error] {
	return b.talk.speaker.utterances.From(ctx)
}

// Use puts another session behind the line, once it has the bridge's formats. Sound of
// the old session that has arrived plays on; its responses count as ended. Close the old
// session afterwards, not before: its end ends Run.
func (b *Bridge) Use(ctx context.Context, s *realtime.Session) error {
	if s == nil {
		return errors.New("voice: the session is nil")
	}
	b.using.Lock()
	defer b.using.Unlock()
	if err := b.setFormats(ctx, s); err != nil {
		return err
	}
	b.talk.session.Store(s)
	b.talk.mic.turn.end()
	b.talk.mic.begun()
	b.talk.speaker.outage()
	b.talk.describe(s.Current())
	if leave := b.leave.Load(); leave != nil {
		(*leave)(errMoved)
	}
	return nil
}
