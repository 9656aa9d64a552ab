package trial

import (
	"bytes"
	"context"
	"encoding/base64"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
)

// nonsense are messages that no carrier should send. %s is the id of the stream.
var nonsense = []string{
	``, `{`, `null`, `[]`, `{"event":5}`, `{"event":"connected"}`, `{"event":"start"}`, `{"event":"start","start":{}}`,
	`{"event":"media"}`, `{"event":"media","media":null}`, `{"event":"media","media":{"payload":""}}`,
	`{"event":"media","media":{"payload":"***"}}`, `{"event":"media","media":{"payload":5,"chunk":{},"timestamp":[]}}`,
	`{"event":"media","streamSid":"other","stream_sid":"other","streamId":"other","stream_id":"other","media":{"payload":"////"}}`,
	`{"event":"mark","mark":{"name":"unknown"}}`, `{"event":"mark","mark":{"name":"rt4294967295-4294967295"}}`,
	`{"event":"mark","mark":{"name":"rt1-0"}}`, `{"event":"playedStream","name":"rt9-9"}`,
	`{"event":"websocket:notify","payload":{"name":"rt9-9"}}`, `{"event":"websocket:notify","payload":5}`,
	`{"event":"dtmf","dtmf":{"digit":"x"}}`, `{"event":"websocket:dtmf","digit":"é"}`,
	`{"event":"stop","streamSid":"other","stream_sid":"other","streamId":"other","stream_id":"other"}`,
	`{"event":"surprise","streamSid":"%s"}`, `{"event":"mark","mark":{"name":"` + strings.Repeat("r", 4000) + `"}}`,
}

func TestNonsenseIsSkipped(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		call, l := x.call()
		in, out := l.Formats()
		for _, text := range nonsense {
			if c.kind != telephonytest.AudioSocket {
				call.Send([]byte(strings.ReplaceAll(text, "%s", l.Info().StreamID)))
			}
		}
		if c.kind == telephonytest.AudioSocket {
			call.SendBinary([]byte{0x42, 1, 2})
			call.SendBinary([]byte{0x03, 'x'})
			call.SendBinary([]byte{0x03})
			call.SendBinary([]byte{0x10, 1, 2, 3})
		} else {
			call.SendBinary([]byte{1, 2, 3})
		}
		hear(t, l, time.Second)
		assert.Positive(t, l.Stats().Skipped)
		require.NoError(t, l.Err())
		said := in.AppendTone(nil, 440, time.Second, 0.5)
		go func() { _ = call.Speak(t.Context(), said) }()
		answer := levelSound(out, 1, time.Second)
		require.NoError(t, l.Play(t.Context(), answer))
		got, _ := hear(t, l, 3*time.Second)
		assert.True(t, bytes.Contains(got, said))
		assert.Equal(t, len(answer), l.Played(), "what was heard is still followed")
		assert.Equal(t, time.Second, heardOf(call, 1))
	})
}

// TestStreamsMustBegin has a carrier open a stream and send its start too late.
func TestStreamsMustBegin(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		if c.kind == telephonytest.AudioSocket {
			t.Skip("see TestConnectionsMustBegin of its package")
		}
		x := newExchange(t, c, func(_ *telephony.Options, far *telephonytest.Config) { far.Network.Latency = time.Minute })
		defer x.carrier.Close()
		began := time.Now()
		call, err := x.carrier.Call(t.Context(), "+15550100", "+15550199")
		require.NoError(t, err)
		<-call.Ended()
		assert.Equal(t, 10*time.Second, time.Since(began).Truncate(time.Second))
		assert.Equal(t, telephonytest.Program, call.By())
		assert.Empty(t, x.lines)
	})
}

// flood sends messages without sense, n at once.
func flood(c carrier, call *telephonytest.Call, n int) {
	junk := []byte(`{"event":"media","media":{"payload":"` + strings.Repeat("/", 400) + `"}}`)
	for range n {
		switch c.kind {
		case telephonytest.AudioSocket:
			call.SendBinary(append([]byte{0x10}, make([]byte, 320)...))
		case telephonytest.Vonage:
			call.SendBinary(make([]byte, 960))
		default:
			call.Send(junk)
		}
	}
}

// bounded is how much memory a hostile carrier may cost.
const bounded = 4 << 20

// live returns the memory in use.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestHostileCarriersCostBoundedMemory floods a line with the largest pieces that its rate
// admits, for a minute in which the program receives nothing, while the carrier reads
// nothing of ten minutes of sound.
func TestHostileCarriersCostBoundedMemory(t *testing.T) { //nolint:paralleltest // It measures the heap.
	for _, c := range carriers {
		synctest.Test(t, func(t *testing.T) {
			x := newExchange(t, c, func(o *telephony.Options, _ *telephonytest.Config) { o.WriteTimeout = time.Hour })
			defer x.carrier.Close()
			call, l := x.call()
			_, out := l.Formats()
			minutes := levelSound(out, 1, 10*time.Minute)
			large := large(c)
			before := live()
			call.Freeze()
			ctx, cancel := context.WithCancel(t.Context())
			played := make(chan error, 1)
			go func() { played <- l.Play(ctx, minutes) }()
			for range 60 {
				for range 20 {
					call.SendBinary(large.binary)
					call.Send(large.text)
					call.Press("1")
				}
				time.Sleep(time.Second)
			}
			require.NoError(t, l.Err())
			assert.Less(t, int64(live())-int64(before), int64(bounded), c.name)
			cancel()
			require.ErrorIs(t, <-played, context.Canceled)
			runtime.KeepAlive(minutes)
			assert.Positive(t, l.Stats().Dropped, c.name)
		})
	}
}

// pieces are large messages with sound, of both kinds.
type pieces struct{ text, binary []byte }

func large(c carrier) (p pieces) {
	sound := make([]byte, 40<<10)
	if c.kind == telephonytest.AudioSocket {
		return pieces{text: []byte{0xff}, binary: append([]byte{0x10}, sound...)}
	}
	p.binary = sound
	p.text = []byte(`{"event":"media","media":{"payload":"` + base64.StdEncoding.EncodeToString(sound) + `"}}`)
	return p
}

func TestFloodsEndTheLine(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		call, l := x.call()
		flood(c, call, 20_000)
		<-l.Ended()
		assert.ErrorIs(t, l.Err(), telephony.ErrFlood)
	})
}

func TestHugeMessagesEndTheLine(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		if c.kind == telephonytest.AudioSocket {
			t.Skip("a message has 65,535 bytes at most")
		}
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		call, l := x.call()
		call.Send(make([]byte, 2<<20))
		<-l.Ended()
		assert.ErrorIs(t, l.Err(), telephony.ErrTooLarge)
	})
}

func TestCarriersThatDoNotReadEndTheLine(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		call, l := x.call()
		_, out := l.Formats()
		call.Freeze()
		minutes := levelSound(out, 1, 10*time.Minute)
		err := make(chan error, 1)
		go func() { err <- l.Play(t.Context(), minutes) }()
		<-l.Ended()
		assert.ErrorIs(t, l.Err(), telephony.ErrSlow)
		assert.Error(t, <-err)
	})
}

// TestUnreceivedSoundIsBounded lets a program receive nothing for a minute.
func TestUnreceivedSoundIsBounded(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		call, l := x.call()
		call.Press("1")
		time.Sleep(time.Minute)
		sound, keys := hear(t, l, 10*time.Millisecond)
		in, _ := l.Formats()
		assert.Equal(t, "1", keys, "keys are kept")
		assert.GreaterOrEqual(t, in.Duration(len(sound)), 2*time.Second)
		assert.LessOrEqual(t, in.Duration(len(sound)), 6*time.Second)
		assert.GreaterOrEqual(t, l.Stats().Dropped, 54*time.Second)
	})
}
