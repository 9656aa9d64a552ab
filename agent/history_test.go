package agent

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// words returns what the messages of a conversation say, and the names of its calls.
func words(items []realtime.Item) (list []string) {
	for _, item := range items {
		switch x := item.Item.(type) {
		case *api.UserMessage:
			list = append(list, *x.Content[0].Text)
		case *api.SystemMessage:
			list = append(list, x.Content[0].Text)
		case *api.AssistantMessage:
			list = append(list, *x.Content[0].Text)
		case *api.FunctionCall:
			list = append(list, x.Name)
		case *api.FunctionCallOutput:
			list = append(list, x.Output)
		default:
			list = append(list, "?")
		}
	}
	return list
}

func TestItemsAreReadAndEdited(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Returned("look"), say("It is there.")),
		rule(realtimetest.Said("look"), calling("look", `{"city":"Porto"}`)),
		rule(nil, say("Yes.")),
	}}
	look := Func("look", "", func(context.Context, place) (string, error) { return "seen", nil })
	talk(t, script, &Agent{Tools: []Tool{look}}, nil, func(t *testing.T, c *Conversation, srv *realtimetest.Server) {
		t.Helper()
		asked(t, c, "Look!")
		asked(t, c, "Sure?")
		assert.Equal(t, []string{"Look!", "look", "seen", "It is there.", "Sure?", "Yes."}, words(c.History().Items()))

		id, err := c.History().Insert(t.Context(), api.SystemText("Be kind."), realtime.RootItem)
		require.NoError(t, err)
		assert.Equal(t, id, c.History().Items()[0].ID())
		_, err = c.History().Replace(t.Context(), id, api.SystemText("Be brief."))
		require.NoError(t, err)
		_, err = c.History().Insert(t.Context(), api.UserText("I am back."), "")
		require.NoError(t, err)
		require.NoError(t, c.History().Delete(t.Context(), c.History().Items()[5].ID()))
		now := []string{"Be brief.", "Look!", "look", "seen", "It is there.", "Yes.", "I am back."}
		assert.Equal(t, now, words(c.History().Items()))
		require.Error(t, c.History().Delete(t.Context(), "nothing"))

		var old []string
		require.NoError(t, c.History().Summarize(t.Context(), 4, func(_ context.Context, items []realtime.Item) (string, error) {
			old = words(items)
			return "looked", nil
		}))
		assert.Equal(t, now[:2], old, "a call stays with its output")
		now = append([]string{"The conversation so far: looked"}, now[2:]...)
		assert.Equal(t, now, words(c.History().Items()))

		srv.Conns()[0].Drop()
		asked(t, c, "Still there?")
		assert.Equal(t, append(now, "Still there?", "Yes."), words(c.History().Items()), "and after a lost connection")
		assert.Len(t, srv.Conns(), 2)
	})
}

func TestALongConversationIsSummarized(t *testing.T) {
	t.Parallel()
	fault := errors.New("no summary")
	wrote := 0
	o := &Options{Summary: &Summary{Above: 5, Keep: 2, Write: func(_ context.Context, old []realtime.Item) (string, error) {
		if wrote++; wrote == 1 {
			return "", fault
		}
		return strings.Join(words(old), "; "), nil
	}}}
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("Yes."))}}
	talk(t, script, &Agent{}, o, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		events := c.Watch(t.Context())
		for _, text := range []string{"One?", "Two?", "Three?", "Four?"} {
			asked(t, c, text)
			time.Sleep(time.Second)
		}
		assert.Equal(t, []string{"The conversation so far: One?; Yes.; Two?; Yes.; Three?; Yes.", "Four?", "Yes."}, words(c.History().Items()))
		assert.Equal(t, 2, wrote)
		require.NoError(t, c.Close())
		warned := false
		for e, err := range events {
			require.NoError(t, err)
			w, ok := e.(*Warning)
			warned = warned || ok && errors.Is(w.Err, fault)
		}
		assert.True(t, warned)
	})
}

// TestAConversationAtItsLimitIsLeftAlone has as many items as are allowed, and then more.
func TestAConversationAtItsLimitIsLeftAlone(t *testing.T) {
	t.Parallel()
	var wrote atomic.Int32
	o := &Options{Summary: &Summary{Above: 4, Keep: 2, Write: func(context.Context, []realtime.Item) (string, error) {
		wrote.Add(1)
		return "all is well", nil
	}}}
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("Yes."))}}
	talk(t, script, &Agent{}, o, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		for i, want := range []int32{0, 0, 1} {
			asked(t, c, "And now?")
			time.Sleep(time.Second)
			assert.Equal(t, want, wrote.Load(), "after %d turns", i+1)
		}
	})
}
