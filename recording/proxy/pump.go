package proxy

import (
	"errors"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/recording"
)

// closeGrace is how long a side has to end once the other has.
const closeGrace = 5 * time.Second

// ending is how the first side has ended.
type ending struct {
	once sync.Once
	end  recording.End
}

// pump passes on messages in both directions until one side ends, and returns how.
func (p *Proxy) pump(client, service *websocket.Conn, rec *recording.Writer) recording.End {
	var e ending
	out := &direction{p: p, from: client, to: service, rec: rec, way: recording.Out, ending: &e}
	in := &direction{p: p, from: service, to: client, rec: rec, way: recording.In, ending: &e}
	var both sync.WaitGroup
	both.Go(out.run)
	in.run()
	both.Wait()
	return e.end
}

// direction passes on what one side sends.
type direction struct {
	p        *Proxy
	from, to *websocket.Conn
	rec      *recording.Writer // may be nil
	way      recording.Direction
	ending   *ending
}

// run passes on messages until the side ends. Each side has one writer of messages; control
// frames may be written beside it.
func (d *direction) run() {
	d.from.SetReadLimit(d.p.o.ReadLimit)
	d.from.SetPingHandler(func(data string) error { return d.control(websocket.PingMessage, data) })
	d.from.SetPongHandler(func(data string) error { return d.control(websocket.PongMessage, data) })
	d.from.SetCloseHandler(func(int, string) error { return nil }) // It is answered by the other side.
	for {
		kind, data, err := d.from.ReadMessage()
		if err != nil {
			d.ended(err)
			return
		}
		if !d.pass(kind, data) {
			_ = d.from.NetConn().SetReadDeadline(time.Now()) // Nothing can be passed on any more.
			d.ended(errWrite)
			return
		}
	}
}

var errWrite = errors.New("proxy: the other side takes nothing")

// control passes on a ping or a pong. That the other side takes it not shows elsewhere.
func (d *direction) control(kind int, data string) error {
	_ = d.to.WriteControl(kind, []byte(data), time.Now().Add(d.p.o.WriteTimeout))
	return nil
}

// pass records and writes one message, and reports whether it was written.
func (d *direction) pass(kind int, data []byte) bool {
	m := recording.Message{Direction: d.way, Conn: 1, Data: data}
	if d.rec != nil {
		m.At = d.rec.Now()
		if d.way == recording.In {
			d.rec.Message(m)
		}
	}
	_ = d.to.SetWriteDeadline(time.Now().Add(d.p.o.WriteTimeout))
	err := d.to.WriteMessage(kind, data)
	if d.rec != nil && d.way == recording.Out {
		m.Fate, m.Wrote = recording.FateWritten, d.rec.Now()
		if err != nil {
			m.Fate = recording.FateUncertain
		}
		d.rec.Message(m)
	}
	return err == nil
}

// ended notes how a side has ended, and ends the other in the same way: with its close
// frame, or without one.
func (d *direction) ended(err error) {
	closed, ok := errors.AsType[*websocket.CloseError](err)
	d.ending.once.Do(func() { d.note(closed) })
	until := time.Now().Add(closeGrace)
	if !ok || closed.Code == websocket.CloseAbnormalClosure {
		_ = d.to.NetConn().Close()
		return
	}
	_ = d.to.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(closed.Code, closed.Text), until)
	_ = d.to.NetConn().SetReadDeadline(until)
}

// note records the end of the side that ended first.
func (d *direction) note(closed *websocket.CloseError) {
	e := &d.ending.end
	e.Why, e.Code = "lost", websocket.CloseAbnormalClosure
	if closed != nil {
		e.Code = closed.Code
	}
	if closed != nil && closed.Code != websocket.CloseAbnormalClosure {
		e.Why = "closed"
		if d.way == recording.In {
			e.Why = "server"
		}
	}
	if d.rec == nil || d.way == recording.Out || e.Code == websocket.CloseNormalClosure {
		return
	}
	lost := &recording.Lost{Code: e.Code}
	if closed != nil {
		lost.Reason = closed.Text
	}
	d.rec.Add(1, lost)
}
