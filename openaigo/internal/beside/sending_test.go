package beside

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	vendorsocket "github.com/openai/openai-go/v3/packages/websocket"
	vendor "github.com/openai/openai-go/v3/realtime"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

func theirAudio(audio []byte) vendor.RealtimeClientEventUnionParam {
	return vendor.RealtimeClientEventUnionParam{OfInputAudioBufferAppend: &vendor.InputAudioBufferAppendEventParam{
		Audio: base64.StdEncoding.EncodeToString(audio),
	}}
}

// heard returns the audio of the messages that a peer reads until the end.
func heard(p *peer) []string {
	var list []string
	for {
		data := p.read()
		if data == nil {
			return list
		}
		var e struct{ Audio []byte }
		_ = json.Unmarshal(data, &e)
		list = append(list, string(e.Audio))
	}
}

// collect returns a play that passes on what it hears.
func collect() (play func(p *peer), list chan []string) {
	list = make(chan []string, 2)
	return func(p *peer) { list <- heard(p) }, list
}

func TestASendWithAnEndedContextWritesNothing(t *testing.T) {
	t.Parallel()
	play, list := collect()
	both(t, play, limits{}, func(t *testing.T, s *side) {
		t.Helper()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, s.send(ended, []byte("never")), context.Canceled)
		require.NoError(t, s.send(within(t), []byte("now")))
		require.NoError(t, s.close())
		assert.Equal(t, []string{"now"}, <-list)
	})
}

// stuck plays a peer that reads when it may.
func stuck() (play func(p *peer), list chan []string, allow func()) {
	list = make(chan []string, 2)
	release := make(chan struct{})
	return func(p *peer) {
		<-release
		list <- heard(p)
	}, list, sync.OnceFunc(func() { close(release) })
}

// large does not fit the buffers between two sockets.
var large = []byte(strings.Repeat("a", 12<<20))

// A context that ends while a message is written ends their connection, and the message
// may have arrived. Ours bounds the wait for room alone.
func TestAContextThatEndsDuringAWrite(t *testing.T) {
	t.Parallel()
	t.Run("theirs", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := theirs(t, serve(t, func(p *peer) {
			_, _, _ = p.ws.NextReader()
			cancel() // The message has begun to arrive.
			<-p.t.Context().Done()
		}), vendorsocket.Options{})
		delivery, ok := errors.AsType[*vendorsocket.DeliveryError](s.send(ctx, large))
		require.True(t, ok)
		assert.True(t, delivery.MayHaveBeenSent)
		_, _, err := s.recv(within(t))
		require.Error(t, err, "the connection is gone")
	})
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		play, list, allow := stuck()
		s := ours(t, serve(t, play), &realtime.Options{SendQueueBytes: 1 << 20})
		defer allow()
		require.NoError(t, s.send(t.Context(), large))
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, s.send(ctx, []byte("no room")), context.DeadlineExceeded)
		allow()
		require.NoError(t, s.send(within(t), []byte("later")))
		require.NoError(t, s.close())
		assert.Equal(t, []string{string(large), "later"}, <-list)
	})
}

func TestTheCloseOfThePeerReachesBothDirections(t *testing.T) {
	t.Parallel()
	both(t, func(p *peer) { p.close(4001, "out of credit, "+key) }, limits{}, func(t *testing.T, s *side) {
		t.Helper()
		received := s.end(t)
		sent := s.send(within(t), []byte("late"))
		for _, err := range []error{received, sent} {
			require.Error(t, err)
			assert.NotContains(t, err.Error(), key)
			if s.theirs != nil {
				assert.EqualValues(t, 4001, websocket.CloseStatus(err))
				assert.NotContains(t, err.Error(), "credit", "theirs hides the reason")
				continue
			}
			closed, ok := errors.AsType[*socket.CloseError](err)
			require.True(t, ok)
			assert.Equal(t, 4001, closed.Code)
			assert.Contains(t, closed.Reason, "out of credit")
		}
	})
}

// Both tell what was not sent from what may have been: theirs as the error of Send, which
// waits for the write, ours by a receipt and by the error of the end.
func TestAFailedSendSaysWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	t.Run("theirs", func(t *testing.T) {
		t.Parallel()
		s := theirs(t, serve(t, (*peer).drain), vendorsocket.Options{})
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		delivery, ok := errors.AsType[*vendorsocket.DeliveryError](s.send(ended, []byte("a")))
		require.True(t, ok)
		assert.False(t, delivery.MayHaveBeenSent)
		s.abort()
		delivery, ok = errors.AsType[*vendorsocket.DeliveryError](s.send(within(t), []byte("a")))
		require.True(t, ok)
		assert.False(t, delivery.MayHaveBeenSent)
	})
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		begun := make(chan struct{})
		s := ours(t, serve(t, func(p *peer) {
			p.read()
			_, _, _ = p.ws.NextReader()
			close(begun)
			<-p.t.Context().Done()
		}), &realtime.Options{SendQueueBytes: 64 << 20})
		receipts := make([]realtime.Receipt, 0, 3)
		for _, audio := range [][]byte{[]byte("first"), large, []byte("last")} {
			r, err := s.ours.SendReceipt(within(t), &api.InputAudioBufferAppend{Audio: audio})
			require.NoError(t, err)
			receipts = append(receipts, r)
		}
		fate, err := receipts[0].Wait(within(t))
		require.NoError(t, err)
		assert.Equal(t, socket.Written, fate)
		<-begun
		lost, ok := errors.AsType[*socket.UnsentError](s.ours.Abort(nil))
		require.True(t, ok)
		require.Len(t, lost.Uncertain, 1)
		assert.Equal(t, receipts[1].ID, lost.Uncertain[0].ID)
		require.Len(t, lost.Unsent, 1)
		assert.Equal(t, receipts[2].ID, lost.Unsent[0].ID)
		assert.Equal(t, []socket.Fate{socket.Uncertain, socket.Unsent}, []socket.Fate{receipts[1].Fate(), receipts[2].Fate()})
	})
}

func TestAFullQueueHarmsNoOther(t *testing.T) {
	t.Parallel()
	l := limits{
		theirs: vendorsocket.Options{MaxPendingSends: 1},
		ours:   realtime.Options{SendQueueBytes: 1 << 20, SendPolicy: socket.SendFail},
	}
	for name, open := range map[string]func(t *testing.T, url string) (*side, error){
		"theirs": func(t *testing.T, url string) (*side, error) {
			t.Helper()
			return theirs(t, url, l.theirs), vendorsocket.ErrPendingLimit
		},
		"ours": func(t *testing.T, url string) (*side, error) {
			t.Helper()
			return ours(t, url, &l.ours), socket.ErrSendQueueFull
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play, list, allow := stuck()
			s, full := open(t, serve(t, play))
			defer allow()
			first := make(chan error, 1)
			go func() { first <- s.send(within(t), large) }()
			require.Eventually(t, func() bool { return errors.Is(s.send(t.Context(), []byte("too many")), full) }, time.Minute, time.Millisecond)
			allow()
			require.NoError(t, <-first)
			require.NoError(t, s.close())
			assert.Contains(t, <-list, string(large))
		})
	}
}

func TestAnEventThatCannotBeEncodedHarmsNothing(t *testing.T) {
	t.Parallel()
	play, list := collect()
	both(t, play, limits{theirs: vendorsocket.Options{MaxPendingSends: 1}}, func(t *testing.T, s *side) {
		t.Helper()
		var err error
		if s.theirs != nil {
			broken := param.Override[vendor.InputAudioBufferAppendEventParam](func() {})
			err = s.theirs.Send(within(t), vendor.RealtimeClientEventUnionParam{OfInputAudioBufferAppend: &broken})
		} else {
			var none *api.InputAudioBufferAppend
			err = s.ours.Send(within(t), none)
		}
		require.Error(t, err)
		require.NoError(t, s.send(within(t), []byte("next")))
		require.NoError(t, s.close())
		assert.Equal(t, []string{"next"}, <-list)
	})
}

func TestTheInputOfAResponseReachesTheWire(t *testing.T) {
	t.Parallel()
	inputs := make(chan string, 4)
	play := func(p *peer) {
		for range 2 {
			var e struct {
				Response struct{ Input json.RawMessage }
			}
			_ = json.Unmarshal(p.read(), &e)
			inputs <- string(e.Response.Input)
		}
		p.drain()
	}
	both(t, play, limits{}, func(t *testing.T, s *side) {
		t.Helper()
		if s.theirs != nil {
			require.NoError(t, s.theirs.SendResponseCreate(within(t), vendor.ResponseCreateEventParam{}, nil))
			require.NoError(t, s.theirs.SendResponseCreate(within(t), vendor.ResponseCreateEventParam{}, []vendor.ResponseInput{vendor.ResponseInputReference("item_1")}))
		} else {
			for _, input := range [][]api.InputItem{{}, {&api.ItemReference{ID: "item_1"}}} {
				require.NoError(t, s.ours.Send(within(t), &api.ResponseCreate{Response: &api.ResponseParams{Input: input}}))
			}
		}
		assert.Equal(t, "[]", <-inputs)
		assert.JSONEq(t, `[{"type":"item_reference","id":"item_1"}]`, <-inputs)
	})
}

// Both refuse an event that has no form on the wire; ours refuses what exceeds the
// specification's bounds, too.
func TestAMalformedEventIsNotWritten(t *testing.T) {
	t.Parallel()
	play, list := collect()
	both(t, play, limits{}, func(t *testing.T, s *side) {
		t.Helper()
		if s.theirs != nil {
			require.Error(t, s.theirs.SendResponseCreate(within(t), vendor.ResponseCreateEventParam{}, []vendor.ResponseInput{{}}))
			require.NoError(t, s.theirs.Send(within(t), truncate(-1)), "out of bounds")
		} else {
			require.Error(t, s.ours.Send(within(t), &api.ConversationItemCreate{}))
			err := s.ours.Send(within(t), &api.ConversationItemTruncate{ItemID: "item_1", AudioEndMS: -1})
			_, ok := errors.AsType[*api.ValidationError](err)
			assert.True(t, ok, "out of bounds: %v", err)
		}
		require.NoError(t, s.close())
		if s.theirs != nil {
			assert.Len(t, <-list, 1)
		} else {
			assert.Empty(t, <-list)
		}
	})
}

func truncate(end int64) vendor.RealtimeClientEventUnionParam {
	return vendor.RealtimeClientEventUnionParam{OfConversationItemTruncate: &vendor.ConversationItemTruncateEventParam{
		ItemID: "item_1", AudioEndMs: end, EventID: openai.String("e1"),
	}}
}

// Raw access is a way of a connection of theirs, and a session of its own here.
func TestRawBytesGoOutAndComeIn(t *testing.T) {
	t.Parallel()
	const odd = "{ \"type\" : \"x.y\",\t\"a\":1.50 }"
	echo := func(p *peer) {
		p.send(string(p.read()))
		p.drain()
	}
	t.Run("theirs", func(t *testing.T) {
		t.Parallel()
		s := theirs(t, serve(t, echo), vendorsocket.Options{})
		require.NoError(t, s.theirs.SendRaw(within(t), json.RawMessage(odd)))
		back, err := s.theirs.RecvRaw(within(t))
		require.NoError(t, err)
		assert.Equal(t, odd, string(back))
	})
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		s, err := newClient(t, serve(t, echo)).ConnectRaw(within(t), realtime.Model(model), nil)
		require.NoError(t, err)
		defer func() { _ = s.Abort(nil) }()
		require.NoError(t, s.Send(within(t), []byte(odd)))
		for _, want := range []string{created, odd} {
			back, err := s.Recv(within(t))
			require.NoError(t, err)
			assert.Equal(t, want, string(back))
		}
	})
}

func TestCloseBesideSenders(t *testing.T) {
	t.Parallel()
	both(t, (*peer).drain, limits{}, func(t *testing.T, s *side) {
		t.Helper()
		var senders sync.WaitGroup
		for range 4 {
			senders.Go(func() {
				for s.send(within(t), []byte("a")) == nil {
				}
			})
		}
		require.NoError(t, s.send(within(t), []byte("a")))
		_ = s.close()
		senders.Wait()
		require.Error(t, s.send(within(t), []byte("a")))
	})
}
