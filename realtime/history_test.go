package realtime_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// held connects a session without Reconnect to a server that answers "Yes.", and receives
// its events.
func held(t *testing.T, script realtimetest.Script) (*realtimetest.Server, *realtime.Session) {
	t.Helper()
	srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
	t.Cleanup(srv.Close)
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Model("m"), &realtime.Options{PingInterval: -1})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return srv, s
}

// spoken returns what the messages of a conversation say.
func spoken(items []realtime.Item) (list []string) {
	for _, item := range items {
		list = append(list, item.Text())
	}
	return list
}

func TestAConversationIsReadEditedAndWatched(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, s := held(t, realtimetest.Script{Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "Yes."}}}}})
		c := s.Conversation()
		s.Discard()
		all, one := c.Watch(t.Context()), c.Watch(t.Context(), "q")
		_, err := s.Request(t.Context(), say("q", "Sure?"))
		require.NoError(t, err)
		r, err := s.Respond(t.Context(), nil)
		require.NoError(t, err)
		_, err = r.Answer(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []string{"Sure?", "Yes."}, spoken(c.Items()))

		front, err := c.Insert(t.Context(), api.SystemText("Be kind."), realtime.RootItem)
		require.NoError(t, err)
		brief, err := c.Replace(t.Context(), front, api.SystemText("Be brief."))
		require.NoError(t, err)
		assert.Equal(t, []string{"Be brief.", "Sure?", "Yes."}, spoken(c.Items()))
		_, there := c.Item(front)
		assert.False(t, there)
		require.Error(t, c.Delete(t.Context(), "nothing"))
		require.NoError(t, c.Summarize(t.Context(), 1, func(_ context.Context, old []realtime.Item) (string, error) {
			assert.Equal(t, []string{"Be brief.", "Sure?"}, spoken(old))
			return "asked", nil
		}))
		assert.Equal(t, []string{"The conversation so far: asked", "Yes."}, spoken(c.Items()))
		require.NoError(t, s.Close())

		var states []realtime.ItemState
		for item, err := range one {
			require.NoError(t, err)
			if len(states) == 0 || states[len(states)-1] != item.State {
				states = append(states, item.State)
			}
		}
		assert.Equal(t, []realtime.ItemState{realtime.ItemAsked, realtime.ItemComplete, realtime.ItemDeleted}, states)
		seen := map[string][]realtime.ItemState{}
		for item, err := range all {
			require.NoError(t, err)
			seen[item.Text()] = append(seen[item.Text()], item.State)
		}
		assert.Contains(t, seen["Yes."], realtime.ItemComplete)
		assert.Contains(t, seen[""], realtime.ItemMaking, "the answer before it has words")
		assert.Equal(t, realtime.ItemDeleted, seen["Be brief."][len(seen["Be brief."])-1])
		assert.NotEmpty(t, brief)
	})
}

// TestAskedItemsAreShown shows what was sent and has no answer, and that a refusal takes
// it away.
func TestAskedItemsAreShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, s := held(t, realtimetest.Script{})
		s.Discard()
		c := s.Conversation()
		require.NoError(t, s.Send(t.Context(), say("a", "One")))
		items := c.Items()
		require.Len(t, items, 1)
		assert.Equal(t, realtime.ItemAsked, items[0].State)
		assert.Equal(t, "One", items[0].Text())
		time.Sleep(time.Second)
		assert.Equal(t, realtime.ItemComplete, c.Items()[0].State)
		changes := c.Watch(t.Context(), "b")
		_, err := s.Request(t.Context(), after("nothing", say("b", "Two")))
		_, refused := errors.AsType[*realtime.ServerError](err)
		require.True(t, refused, "%v", err)
		assert.Len(t, c.Items(), 1)
		var states []realtime.ItemState
		require.NoError(t, s.Close())
		for item, err := range changes {
			require.NoError(t, err)
			states = append(states, item.State)
		}
		assert.Equal(t, []realtime.ItemState{realtime.ItemAsked, realtime.ItemDeleted}, states)
	})
}

// TestTheConversationIsAheadOfTheReceiver holds the account of versions: they agree once
// every event was received.
func TestTheConversationIsAheadOfTheReceiver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, s := held(t, realtimetest.Script{})
		c := s.Conversation()
		_, err := s.Request(t.Context(), say("a", "One"))
		require.NoError(t, err)
		synctest.Wait()
		held, received := c.Version()
		assert.Positive(t, held)
		assert.Less(t, received, held)
		for received < held {
			_, err := s.Recv(t.Context())
			require.NoError(t, err)
			_, received = c.Version()
		}
		assert.Equal(t, held, received)
	})
}

// TestACopyIsWhatAnotherConversationCanHold leaves out what a deletion was asked for, and
// cuts what a truncation was asked for, although the server has answered neither.
func TestACopyIsWhatAnotherConversationCanHold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, s := held(t, realtimetest.Script{Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "one two three four"}}}}})
		c := s.Conversation()
		s.Discard()
		for _, e := range []*api.ConversationItemCreate{say("a", "One"), call("f", "c"), output("o", "c"), say("b", "Two"), say("c", "Three")} {
			_, err := s.Request(t.Context(), e)
			require.NoError(t, err)
		}
		r, err := s.Respond(t.Context(), nil)
		require.NoError(t, err)
		answer, err := r.Answer(t.Context())
		require.NoError(t, err)
		id := api.ItemID(answer.Response.Output[0])
		require.NoError(t, s.Send(t.Context(), remove("b")))
		require.NoError(t, s.Send(t.Context(), remove("f")))
		require.NoError(t, s.Send(t.Context(), &api.ConversationItemTruncate{ItemID: id, AudioEndMS: len(answer.Audio) / 48 / 2}))
		items, lost := c.Copy()
		var ids []string
		for _, item := range items {
			ids = append(ids, api.ItemID(item))
		}
		assert.Equal(t, []string{"a", "c", id}, ids)
		heard, ok := items[2].(*api.AssistantMessage)
		require.True(t, ok)
		assert.Equal(t, "one two", *heard.Content[0].Text)
		require.Len(t, lost, 1)
		assert.Equal(t, "o", lost[0].ID, "the output of the deleted call")
	})
}

// TestLoopsOverChangesEndWithTheSession gives loops the end of their session, also those
// that begin after it.
func TestLoopsOverChangesEndWithTheSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, s := held(t, realtimetest.Script{})
		changes := s.Conversation().Watch(t.Context())
		srv.Conns()[0].Drop()
		s.Discard()
		<-s.Done()
		for range 2 {
			var last error
			for _, err := range changes {
				last = err
			}
			require.ErrorIs(t, last, s.Err())
			require.NotErrorIs(t, last, io.EOF)
			changes = s.Conversation().Watch(t.Context())
		}
	})
}
