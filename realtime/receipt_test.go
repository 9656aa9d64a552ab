package realtime

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

// fates returns what is known of receipts now.
func fates(receipts []Receipt) []socket.Fate {
	list := make([]socket.Fate, len(receipts))
	for i, r := range receipts {
		list[i] = r.Fate()
	}
	return list
}

// said is an event whose content no error may show.
func said(id string) *api.ConversationItemCreate {
	e := &api.ConversationItemCreate{Item: &api.UserMessage{Content: []api.UserContent{{Type: api.UserContentTypeInputText, Text: new("my own words")}}}}
	if id != "" {
		e.EventID = &id
	}
	return e
}

func TestReceiptOfAWrittenEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		go1 := make(chan struct{})
		s := connect(t, script(t, func(p *peer) { p.Created(); <-go1; p.Drain() }), nil)
		r, err := s.SendReceipt(t.Context(), said(""))
		require.NoError(t, err)
		assert.NotEmpty(t, r.ID)
		synctest.Wait()
		assert.Equal(t, socket.Pending, r.Fate(), "the network has not taken it")
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		fate, err := r.Wait(ctx)
		assert.Equal(t, socket.Pending, fate)
		require.ErrorIs(t, err, why)

		close(go1)
		fate, err = r.Wait(t.Context())
		require.NoError(t, err)
		assert.Equal(t, socket.Written, fate)
		require.NoError(t, s.Close())
		assert.Equal(t, socket.Written, r.Fate(), "also after the end")
		_, err = s.SendReceipt(t.Context(), said(""))
		require.ErrorIs(t, err, socket.ErrClosed)
		assert.Equal(t, socket.Unsent, Receipt{}.Fate())
	})
}

// TestWhatAnEndLosesIsNamedAndCanBeTaken breaks a connection under a write, and ends
// the session with others waiting.
func TestWhatAnEndLosesIsNamedAndCanBeTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, n := scriptNet(t, func(p *peer) { p.Created(); <-t.Context().Done() })
		stuck := make(chan struct{})
		n.Wrap = func(c net.Conn) net.Conn { return &stuckConn{Conn: c, stuck: stuck} }
		s := connect(t, c, &Options{PingInterval: -1, CloseTimeout: time.Second})
		var receipts []Receipt
		for _, id := range []string{"first", "", "third"} {
			r, err := s.SendReceipt(t.Context(), said(id))
			require.NoError(t, err)
			receipts = append(receipts, r)
		}
		assert.Equal(t, "first", receipts[0].ID)
		waited := make(chan socket.Fate, 1)
		go func() {
			fate, err := receipts[2].Wait(t.Context())
			assert.NoError(t, err)
			waited <- fate
		}()
		synctest.Wait()
		assert.Equal(t, []socket.Fate{socket.Pending, socket.Pending, socket.Pending}, fates(receipts))
		close(stuck)

		err := s.Close()
		unsent, ok := errors.AsType[*socket.UnsentError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, []socket.Fate{socket.Uncertain, socket.Unsent, socket.Unsent}, fates(receipts))
		assert.Equal(t, socket.Unsent, <-waited)
		require.Len(t, unsent.Uncertain, 1)
		require.Len(t, unsent.Unsent, 2)
		for i, o := range slices.Concat(unsent.Uncertain, unsent.Unsent) {
			assert.Equal(t, receipts[i].ID, o.ID)
			assert.Equal(t, "conversation.item.create", o.Type)
			assert.Greater(t, o.Bytes, 50)
		}
		taken := s.TakeUnsent()
		require.Len(t, taken, 2)
		for i, e := range taken {
			assert.Equal(t, unsent.Unsent[i], e.Outgoing)
			decoded, err := api.DecodeClientEvent(e.Message)
			require.NoError(t, err)
			assert.Equal(t, e.ID, api.ClientEventID(decoded))
		}
		assert.Empty(t, s.TakeUnsent())
		for _, text := range []string{err.Error(), fmt.Sprintf("%+v", *unsent), fmt.Sprintf("%#v", taken), fmt.Sprintf("%s %q %x", taken, taken, taken)} {
			assert.NotContains(t, text, "my own words")
			assert.NotContains(t, text, fmt.Sprintf("%x", "my own words"))
		}
	})
}

func TestReconnectedNamesWhatIsUncertain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, n := scriptNet(t, func(p *peer) { p.Created(); p.Drain() })
		broken := make(chan struct{})
		dials := 0
		n.Wrap = func(c net.Conn) net.Conn {
			if dials++; dials > 1 {
				return c
			}
			return &stuckConn{Conn: c, stuck: broken}
		}
		s := connect(t, c, &Options{Reconnect: &Reconnect{}})
		var receipts []Receipt
		for range 3 {
			r, err := s.SendReceipt(t.Context(), &api.ResponseCancel{})
			require.NoError(t, err)
			receipts = append(receipts, r)
		}
		close(broken)
		next[*Reconnecting](t, s)
		assert.Equal(t, []socket.Fate{socket.Uncertain, socket.Pending, socket.Pending}, fates(receipts))
		again := next[*Reconnected](t, s)
		require.Len(t, again.Uncertain, 1)
		assert.Equal(t, receipts[0].ID, again.Uncertain[0].ID)
		assert.Equal(t, "response.cancel", again.Uncertain[0].Type)
		for i, want := range []socket.Fate{socket.Uncertain, socket.Written, socket.Written} {
			fate, err := receipts[i].Wait(t.Context())
			require.NoError(t, err)
			assert.Equal(t, want, fate)
		}
	})
}

// TestTakeUnsentDuringAnOutage takes what waits for the new connection: its requests
// fail, its settings are forgotten, and later events are not concerned.
func TestTakeUnsentDuringAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := make(chan map[string]any, 1)
		c := script(t, func(p *peer) {
			p.Created()
			if p.N > 1 {
				got <- p.Read()
				p.Drain()
			}
		})
		s := connect(t, c, &Options{Reconnect: &Reconnect{InitialDelay: time.Minute, MaxDelay: time.Minute}})
		next[*Reconnecting](t, s)
		failed := make(chan error, 1)
		go func() {
			_, err := s.Update(t.Context(), &api.RealtimeSessionConfig{Instructions: new("taken")})
			failed <- err
		}()
		synctest.Wait()
		r, err := s.SendReceipt(t.Context(), said("mine"))
		require.NoError(t, err)
		taken := s.TakeUnsent()
		require.Len(t, taken, 2)
		assert.Equal(t, "session.update", taken[0].Type)
		assert.Equal(t, "mine", taken[1].ID)
		require.ErrorIs(t, <-failed, socket.ErrTaken)
		fate, err := r.Wait(t.Context())
		require.NoError(t, err)
		assert.Equal(t, socket.Unsent, fate)
		assert.Zero(t, s.Stats().SendQueueEvents)
		assert.Zero(t, s.Stats().SendQueueBytes)

		require.NoError(t, s.Send(t.Context(), &api.ResponseCancel{}))
		again := next[*Reconnected](t, s)
		assert.False(t, again.Settings, "what was taken is not wanted")
		assert.Empty(t, again.Restored)
		assert.Empty(t, again.Lost)
		assert.Empty(t, again.Unanswered)
		assert.False(t, s.back.past.Asks(r.seq), "no later outage brings it back")
		assert.Equal(t, "response.cancel", (<-got)["type"])
	})
}

func TestReceiptsOfOtherSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) { p.Created(); p.Drain() })
		raw, err := c.ConnectRaw(t.Context(), Model("m"), nil)
		require.NoError(t, err)
		r, err := raw.SendReceipt(t.Context(), []byte(`{"type":"x","event_id":"y"}`))
		require.NoError(t, err)
		assert.Empty(t, r.ID)
		fate, err := r.Wait(t.Context())
		require.NoError(t, err)
		assert.Equal(t, socket.Written, fate)
		require.NoError(t, raw.Close())
		assert.Empty(t, raw.TakeUnsent())

		translation, err := c.ConnectTranslation(t.Context(), "m", nil)
		require.NoError(t, err)
		r, err = translation.SendReceipt(t.Context(), &api.TranslationInputAudioBufferAppend{Audio: []byte{1, 2}})
		require.NoError(t, err)
		assert.NotEmpty(t, r.ID)
		fate, err = r.Wait(t.Context())
		require.NoError(t, err)
		assert.Equal(t, socket.Written, fate)
		_, err = translation.SendReceipt(t.Context(), nil)
		require.Error(t, err)
		require.NoError(t, translation.Close())
	})
}

// TestASessionCloseIsNotTaken takes what waits behind a write that stalls: the server still
// gets the session.close that it was promised.
func TestASessionCloseIsNotTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		read, seen := make(chan struct{}), make(chan []any, 1)
		s := translate(t, func(p *peer) {
			p.Send(translationCreated)
			<-read
			seen <- []any{p.Read()["type"], p.Read()["type"]}
			p.Send(`{"type":"session.closed","event_id":"e"}`)
			p.Drain()
		}, nil)
		audio := make([]byte, 64<<10) // More than the buffers on the way hold.
		require.NoError(t, s.AppendAudio(t.Context(), audio))
		synctest.Wait()
		waiting, err := s.SendReceipt(t.Context(), &api.TranslationInputAudioBufferAppend{Audio: audio[:2]})
		require.NoError(t, err)
		closing, err := s.SendReceipt(t.Context(), &api.TranslationSessionClose{})
		require.NoError(t, err)

		taken := s.TakeUnsent()
		require.Len(t, taken, 1)
		assert.Equal(t, waiting.ID, taken[0].ID)
		assert.Equal(t, []socket.Fate{socket.Unsent, socket.Pending}, fates([]Receipt{waiting, closing}))
		assert.Empty(t, s.TakeUnsent())
		close(read)
		assert.Equal(t, []any{"session.input_audio_buffer.append", "session.close"}, <-seen)
		require.NoError(t, s.Finish(t.Context()))
		assert.Equal(t, socket.Written, closing.Fate())
	})
}

// TestAFailedRestorationChangesNoFate cuts restorations in which much waits to be
// written, and ends the session in the last of them: only what the program sent, and no
// connection has had, is unsent.
func TestAFailedRestorationChangesNoFate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const items = 20
		c := script(t, func(p *peer) {
			p.Created()
			for n := 0; p.N == 1 && n < items; n++ {
				p.Expect("conversation.item.create")
			}
		})
		j := newJournal(t)
		s := connect(t, c, &Options{PingInterval: -1, Taps: []*Tap{&j.Tap}, Reconnect: &Reconnect{Attempts: 3}})
		for range items {
			require.NoError(t, s.Send(t.Context(), said("")))
		}
		next[*Reconnecting](t, s)
		r, err := s.SendReceipt(t.Context(), &api.ResponseCancel{})
		require.NoError(t, err)
		<-s.Done()
		unsent, ok := errors.AsType[*socket.UnsentError](s.Err())
		require.True(t, ok, "%v", s.Err())
		require.Len(t, unsent.Unsent, 1)
		assert.Equal(t, r.ID, unsent.Unsent[0].ID)
		assert.Equal(t, socket.Unsent, r.Fate())
		for _, line := range j.text() {
			assert.NotEqual(t, "sent conversation.item.create unsent", line)
		}
		assert.Contains(t, j.text(), "sent response.cancel unsent")
	})
}

// TestAnOutageThatEndsTheSessionNamesWhatIsUncertain holds that an event whose write
// failed is not forgotten with the Reconnected that never came.
func TestAnOutageThatEndsTheSessionNamesWhatIsUncertain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, n := scriptNet(t, func(p *peer) { p.Created(); p.Drain() })
		broken := make(chan struct{})
		dials := 0
		n.Wrap = func(c net.Conn) net.Conn {
			if dials++; dials > 1 {
				_ = c.Close()
				return c
			}
			return &stuckConn{Conn: c, stuck: broken}
		}
		s := connect(t, c, &Options{Reconnect: &Reconnect{Attempts: 2}})
		r, err := s.SendReceipt(t.Context(), &api.ResponseCancel{})
		require.NoError(t, err)
		close(broken)
		<-s.Done()
		unsent, ok := errors.AsType[*socket.UnsentError](s.Err())
		require.True(t, ok, "%v", s.Err())
		require.Len(t, unsent.Uncertain, 1)
		assert.Equal(t, r.ID, unsent.Uncertain[0].ID)
		assert.Equal(t, socket.Uncertain, r.Fate())
	})
}
