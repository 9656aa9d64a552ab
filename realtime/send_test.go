package realtime

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

func TestSendGivesEveryEventAnID(t *testing.T) {
	t.Parallel()
	got := make(chan map[string]any, 8)
	c := script(t, func(p *peer) {
		p.Created()
		for m := p.Read(); m != nil; m = p.Read() {
			got <- m
		}
	})
	s := connect(t, c, nil)
	mine := &api.ResponseCreate{EventID: new("mine")}
	plain := &api.ResponseCancel{}
	unknown := &api.UnknownClientEvent{Type: "new.event", Raw: []byte(`{"type":"new.event","a":1}`)}
	for _, e := range []api.ClientEvent{mine, plain, plain, unknown} {
		require.NoError(t, s.Send(t.Context(), e))
	}
	assert.Equal(t, "mine", (<-got)["event_id"])
	first, second := <-got, <-got
	assert.NotEmpty(t, first["event_id"])
	assert.NotEqual(t, first["event_id"], second["event_id"])
	assert.Nil(t, plain.EventID, "the caller's event is untouched")
	third := <-got
	assert.Equal(t, "new.event", third["type"])
	assert.NotEmpty(t, third["event_id"])
	require.NoError(t, s.Close())
}

func TestSendRefusesBeforeTheWire(t *testing.T) {
	t.Parallel()
	s := connect(t, script(t, func(p *peer) {
		p.Created()
		assert.Nil(t, p.Read(), "nothing is sent")
	}), nil)
	var typed *api.ResponseCreate
	require.Error(t, s.Send(t.Context(), nil))
	require.Error(t, s.Send(t.Context(), typed))
	_, err := s.Request(t.Context(), nil)
	require.Error(t, err)

	err = s.Send(t.Context(), loud())
	invalid, ok := errors.AsType[*api.ValidationError](err)
	require.True(t, ok, "%v", err)
	assert.Contains(t, invalid.Path, "output_modalities", "both modalities at once are refused")
	both := &api.ResponseCreate{Response: &api.ResponseParams{OutputModalities: bothModalities}}
	require.Error(t, s.Send(t.Context(), both))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Send(ctx, &api.ResponseCancel{}), context.Canceled)
	require.NoError(t, s.Close())
}

var bothModalities = []api.Modality{api.ModalityText, api.ModalityAudio}

// loud is an update that the server would refuse.
func loud() *api.SessionUpdate {
	return &api.SessionUpdate{Session: &api.RealtimeSessionConfig{OutputModalities: bothModalities}}
}

func TestSendWithoutValidation(t *testing.T) {
	t.Parallel()
	s := connect(t, script(t, func(p *peer) {
		p.Created()
		assert.NotNil(t, p.Expect("session.update"))
		p.Drain()
	}), &Options{SkipValidation: true})
	require.NoError(t, s.Send(t.Context(), loud()))
	require.NoError(t, s.Close())
}

func TestSendersKeepTheirOrder(t *testing.T) {
	t.Parallel()
	const senders, each = 8, 200
	seen := make([][]string, senders)
	c := script(t, func(p *peer) {
		p.Created()
		for m := p.Read(); m != nil; m = p.Read() {
			var who, n int
			_, err := fmt.Sscanf(textAt(m, "item_id"), "%d-%d", &who, &n)
			assert.NoError(t, err)
			seen[who] = append(seen[who], textAt(m, "item_id"))
		}
	})
	s := connect(t, c, nil)
	var wg sync.WaitGroup
	for who := range senders {
		wg.Go(func() {
			for n := range each {
				assert.NoError(t, s.Send(t.Context(), &api.ConversationItemRetrieve{ItemID: fmt.Sprintf("%d-%d", who, n)}))
			}
		})
	}
	wg.Wait()
	require.NoError(t, s.Flush(t.Context()))
	require.NoError(t, s.Close(), "Close flushes what was accepted")
	for who := range senders {
		require.Len(t, seen[who], each)
		for n, id := range seen[who] {
			assert.Equal(t, fmt.Sprintf("%d-%d", who, n), id)
		}
	}
}

func TestSendQueueWhenTheNetworkStalls(t *testing.T) {
	t.Parallel()
	big := &api.InputAudioBufferAppend{Audio: make([]byte, 48<<10)}
	t.Run("fail", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := script(t, func(p *peer) { p.Created(); <-t.Context().Done() })
			s := connect(t, c, &Options{SendQueueBytes: 100 << 10, SendPolicy: socket.SendFail, WriteTimeout: 20 * time.Second})
			require.NoError(t, s.Send(t.Context(), big))
			require.ErrorIs(t, s.Send(t.Context(), big), socket.ErrSendQueueFull)
			begin := time.Now()
			_, err := s.Recv(t.Context())
			require.NoError(t, err)
			_, err = s.Recv(t.Context())
			assert.Equal(t, 20*time.Second, time.Since(begin), "the write deadline ends the session")
			broken, ok := errors.AsType[*socket.TransportError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, "write", broken.Op)
			assert.True(t, broken.Timeout())
			unsent, ok := errors.AsType[*socket.UnsentError](err)
			require.True(t, ok)
			assert.Len(t, unsent.Uncertain, 1)
			require.ErrorAs(t, s.Send(t.Context(), big), &broken)
			require.ErrorAs(t, s.Close(), &unsent)
		})
	})
	t.Run("block", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := script(t, func(p *peer) { p.Created(); <-t.Context().Done() })
			s := connect(t, c, &Options{SendQueueBytes: 100 << 10, WriteTimeout: -1, PingInterval: -1, CloseTimeout: 3 * time.Second})
			require.NoError(t, s.Send(t.Context(), big))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			require.ErrorIs(t, s.Send(ctx, big), context.DeadlineExceeded)
			require.NoError(t, s.Err(), "a context never harms the connection")
			assert.Positive(t, s.Stats().SendQueueBytes)
			begin := time.Now()
			err := s.Close()
			assert.Equal(t, 3*time.Second, time.Since(begin))
			unsent, ok := errors.AsType[*socket.UnsentError](err)
			require.True(t, ok, "%v", err)
			assert.Len(t, unsent.Uncertain, 1)
		})
	})
}

// collected plays a server that gathers appended audio.
func collected(sizes *[]int, all *[]byte) func(*peer) {
	return func(p *peer) {
		p.Created()
		for m := p.Read(); m != nil; m = p.Read() {
			b, err := base64.StdEncoding.DecodeString(textAt(m, "audio"))
			assert.NoError(p.T, err)
			*sizes = append(*sizes, len(b))
			*all = append(*all, b...)
		}
	}
}

func TestAppendAudio(t *testing.T) {
	t.Parallel()
	var sizes []int
	var all []byte
	c := script(t, collected(&sizes, &all))
	s := connect(t, c, nil)
	audio := bytes.Repeat([]byte("audio "), 200_000)
	require.NoError(t, s.AppendAudio(t.Context(), audio))
	n, err := s.AppendAudioFrom(t.Context(), iotest.OneByteReader(bytes.NewReader(audio[:1001])))
	require.NoError(t, err)
	assert.EqualValues(t, 1001, n)
	n, err = s.AppendAudioFrom(t.Context(), iotest.TimeoutReader(bytes.NewReader(audio)))
	require.ErrorIs(t, err, iotest.ErrTimeout)
	assert.EqualValues(t, 16<<10, n)
	require.NoError(t, s.Close())
	assert.True(t, bytes.Equal(append(append(bytes.Clone(audio), audio[:1001]...), audio[:16<<10]...), all))
	for i, n := range sizes {
		assert.LessOrEqual(t, n, 15<<20)
		assert.True(t, n%2 == 0 || n == 1, "piece %d of %d bytes cuts a sample", i, n)
	}
}

func TestPaceAudio(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		var all []byte
		c := script(t, collected(&sizes, &all))
		s := connect(t, c, nil)
		audio := make([]byte, 2*RatePCM+100)
		begin := time.Now()
		n, err := s.PaceAudio(t.Context(), bytes.NewReader(audio), Pace{Chunk: 100 * time.Millisecond})
		require.NoError(t, err)
		assert.EqualValues(t, len(audio), n)
		assert.Equal(t, 2*time.Second, time.Since(begin))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second+time.Millisecond)
		defer cancel()
		n, err = s.PaceAudio(ctx, bytes.NewReader(audio), Pace{Rate: RateG711, Speed: 2, Chunk: 100 * time.Millisecond})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.EqualValues(t, 2*RateG711+800, n, "the piece that was due at one second is the last")
		require.NoError(t, s.Close())
		assert.Len(t, all, len(audio)+2*RateG711+800)
		assert.Equal(t, 4800, sizes[0])
	})
}

// A server that closes right after it has read an event leaves nothing in doubt.
func TestACleanCloseAfterAWriteLosesNothing(t *testing.T) {
	t.Parallel()
	for range 200 {
		s := connect(t, script(t, func(p *peer) {
			p.Created()
			p.Expect("response.cancel")
			p.Close(1000, "bye")
		}), nil)
		require.NoError(t, s.Send(t.Context(), &api.ResponseCancel{}))
		<-s.Done()
		require.ErrorIs(t, s.Err(), io.EOF)
		require.NoError(t, s.Close())
	}
}

// TestPingDuringAWrite waits behind the message, and must leave the message's
// deadline alone.
func TestPingDuringAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		c := script(t, func(p *peer) {
			p.Created()
			<-stuck
			assert.NoError(t, p.WS.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)))
			time.Sleep(10 * time.Second)
			p.Expect("input_audio_buffer.append")
			p.Drain()
		})
		s := connect(t, c, nil)
		require.NoError(t, s.AppendAudio(t.Context(), make([]byte, 4800)))
		synctest.Wait() // Nobody reads the message.
		close(stuck)
		require.NoError(t, s.Flush(t.Context()))
		require.NoError(t, s.Close())
	})
}

// TestASenderThatTheEndWakesSeesIt loses a connection while a send waits for room in the
// queue, and a request for its answer: what they return comes after the session's end.
func TestASenderThatTheEndWakesSeesIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		leave := make(chan struct{})
		c := script(t, func(p *peer) {
			p.Created()
			p.Expect("conversation.item.create")
			<-leave // It reads no more.
		})
		s := connect(t, c, &Options{
			SendQueueBytes: 1000, PingInterval: -1,
			Taps: []*Tap{{Sent: func(_ string, _ int, fate socket.Fate) {
				if fate == socket.Unsent {
					time.Sleep(time.Second) // While the session ends.
				}
			}}},
		})
		s.Discard()
		var callers sync.WaitGroup
		ended := func(call func() error) {
			callers.Go(func() {
				err := call()
				_, broken := errors.AsType[*socket.TransportError](err)
				assert.True(t, broken, "%v", err)
				require.Error(t, s.Err())
				assert.Equal(t, 1006, s.CloseStatus().Code)
			})
			synctest.Wait()
		}
		ended(func() error {
			_, err := s.Request(t.Context(), &api.ConversationItemCreate{Item: api.UserText("asked")})
			return err
		})
		for range 2 { // One is being written, and one waits.
			require.NoError(t, s.AppendAudio(t.Context(), make([]byte, 300)))
		}
		ended(func() error { return s.AppendAudio(t.Context(), make([]byte, 600)) })
		close(leave)
		callers.Wait()
	})
}
