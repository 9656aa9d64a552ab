package phone

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
)

// callersStat are the counters of the carrier.
type callersStat struct {
	Sent  int64         `json:"sent"`  // bytes of messages with sound
	Got   int64         `json:"got"`   // bytes of what the program has sent
	Marks int64         `json:"marks"` // that were returned
	Late  time.Duration `json:"late"`  // the most since the last answer
	Lines int           `json:"lines"`
}

// callers is the carrier: callers who speak without end, and hear.
type callers struct {
	kind   *kind
	seizer *seizer

	mu    sync.Mutex // guards what follows
	lines []*caller
	slots [][]*caller // of lines that speak at the same time; nil before the first call

	sent, got, marks, late atomic.Int64
}

type caller struct {
	conn net.Conn
	p    *piece
	n    int // pieces that were sent
}

// Callers runs the process of the carrier. It serves requests from standard input.
func Callers(ctx context.Context) error {
	c := &callers{}
	return process.Serve(func(r request) (any, error) {
		if r.Do == "open" {
			if err := c.open(ctx, r); err != nil {
				return nil, err
			}
		}
		return callersStat{
			Sent: c.sent.Load(), Got: c.got.Load(), Marks: c.marks.Load(), Late: time.Duration(c.late.Swap(0)), Lines: len(c.lines),
		}, nil
	})
}

// skipped is the beginning of a stream, in which the simulation may have sent sound.
const skipped = 300 * time.Millisecond

// open places calls, has each caller speak, and presses a key.
func (c *callers) open(ctx context.Context, r request) error {
	if c.kind = find(r.Kind); c.kind == nil {
		return fmt.Errorf("there is no carrier %q", r.Kind)
	}
	if c.seizer == nil {
		c.seizer = newSeizer(c.kind, r.Address)
	}
	for range r.Lines {
		conn, err := c.seizer.call(ctx)
		if err != nil {
			return err
		}
		x := &caller{conn, newPiece(c.kind, fmt.Sprintf("MZ%04d", len(c.lines)+1)), 1 + int(skipped/c.kind.piece)}
		c.add(ctx, x)
		go c.hear(x)
		if _, err := conn.Write(c.kind.key()); err != nil {
			return err
		}
	}
	return nil
}

// add lets a caller speak.
func (c *callers) add(ctx context.Context, x *caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.slots == nil {
		c.slots = make([][]*caller, c.kind.piece/time.Millisecond)
		go c.speak(ctx)
	}
	slot := len(c.lines) % len(c.slots)
	c.slots[slot] = append(c.slots[slot], x)
	c.lines = append(c.lines, x)
}

// slot returns the callers that speak in a millisecond.
func (c *callers) slot(n int) []*caller {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.slots[n%len(c.slots)]
}

// speak sends a piece on each line in the time of a piece, a slot of the lines each
// millisecond.
func (c *callers) speak(ctx context.Context) {
	began := time.Now()
	for n := 0; ctx.Err() == nil; n++ {
		due := began.Add(time.Duration(n) * time.Millisecond)
		if late := time.Since(due); late < 0 {
			if process.Pause(ctx, -late) != nil {
				return
			}
		} else if int64(late) > c.late.Load() {
			c.late.Store(int64(late))
		}
		for _, x := range c.slot(n) {
			data := x.p.number(x.n, (x.n-1)*int(c.kind.piece.Milliseconds()))
			x.n++
			if _, err := x.conn.Write(data); err == nil {
				c.sent.Add(int64(len(data)))
			}
		}
	}
}

// hear reads what the program sends, and returns its marks at once.
func (c *callers) hear(x *caller) {
	k := c.kind
	br := bufio.NewReaderSize(x.conn, 8<<10)
	if k.kind == telephonytest.AudioSocket { // It has no marks.
		buf := make([]byte, 4<<10)
		for {
			n, err := br.Read(buf)
			c.got.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
	var out []byte
	for {
		text, err := message(br)
		if err != nil {
			return
		}
		c.got.Add(int64(len(text)))
		if !marks(text) {
			continue
		}
		out = appendFrame(out[:0], 1, k.returned(text))
		if _, err := x.conn.Write(out); err != nil {
			return
		}
		c.marks.Add(1)
	}
}

// message reads a message of a WebSocket server, valid until the next read.
func message(br *bufio.Reader) ([]byte, error) {
	head, err := br.Peek(2)
	if err != nil {
		return nil, err
	}
	n, size := int(head[1]&0x7f), 2
	if n == 126 {
		if head, err = br.Peek(4); err != nil {
			return nil, err
		}
		n, size = int(binary.BigEndian.Uint16(head[2:])), 4
	}
	if n > 7<<10 || head[0]&0x0f >= 8 {
		return nil, io.EOF
	}
	if _, err := br.Discard(size); err != nil {
		return nil, err
	}
	text, err := br.Peek(n)
	if err != nil {
		return nil, err
	}
	_, err = br.Discard(n)
	return text, err
}
