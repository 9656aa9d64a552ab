package agent

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// hand gives a conversation the events of the server in an order that depends on the network.
type hand struct {
	t     *testing.T
	c     *Conversation
	turns func(func(*Turn, error) bool)
}

// byHand runs f with a conversation whose server answers no request.
func byHand(t *testing.T, a *Agent, f func(h *hand)) {
	t.Helper()
	mute := realtimetest.Script{Faults: []realtimetest.Fault{{At: realtimetest.Is(realtimetest.Received, "response.create"), Do: realtimetest.Stall(time.Hour)}}}
	talk(t, mute, a, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		f(&hand{t, c, c.Turns(t.Context())})
	})
}

func (h *hand) event(e api.ServerEvent) {
	h.t.Helper()
	require.NoError(h.t, h.c.handle(h.t.Context(), h.c.Session(), e))
}

// asks has the user write.
func (h *hand) asks(id, text string) {
	h.t.Helper()
	h.c.mu.Lock()
	put(&h.c.inputs, id, &input{text, newAnswer()})
	h.c.mu.Unlock()
	m := api.UserText(text)
	m.ID = &id
	h.event(&api.ConversationItemAdded{Item: m})
}

// requested returns the tag of the request that awaits its response, "" if there is none.
func (h *hand) requested() string {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	for tag := range h.c.tags {
		if h.c.arbiter.Awaits(tag) {
			return tag
		}
	}
	return ""
}

// saying reports whether a request is for a saying.
func (h *hand) saying(tag string) bool {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	return h.c.tags[tag] != nil
}

// begins has the response to a request begin, or with no tag one that the server has made by
// itself. It returns whether the agent cancels it at once.
func (h *hand) begins(id, tag string) (cancelled bool) {
	h.t.Helper()
	r := api.Response{ID: id}
	if tag != "" {
		r.Metadata = api.Value(api.Metadata{tagKey: tag})
	}
	h.event(&api.ResponseCreated{Response: r})
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	return h.c.arbiter.Stopping()
}

func (h *hand) says(id, text string) {
	h.t.Helper()
	h.event(&api.ResponseOutputTextDelta{ResponseID: id, Delta: text})
}

// ends has a response end, and waits until guards have looked at it.
func (h *hand) ends(id string, how api.ResponseStatus) {
	h.t.Helper()
	h.event(&api.ResponseDone{Response: api.Response{ID: id, Status: how}})
	time.Sleep(100 * time.Millisecond)
}

// answers gives the whole response to a request.
func (h *hand) answers(id, tag, text string) {
	h.t.Helper()
	require.False(h.t, h.begins(id, tag))
	h.says(id, text)
	h.ends(id, api.ResponseStatusCompleted)
}

// over ends the conversation and returns its turns.
func (h *hand) over() (turns []*Turn) {
	h.t.Helper()
	time.Sleep(10 * time.Second)
	require.NoError(h.t, h.c.Close())
	for turn, err := range h.turns {
		if err != nil {
			break
		}
		turns = append(turns, turn)
	}
	return turns
}

// TestAGuardThatStopsASayingLeavesTheQuestion has the user ask while the request for a saying is
// in flight, and a guard stop the saying: the question has its answer, in a turn of its own.
func TestAGuardThatStopsASayingLeavesTheQuestion(t *testing.T) {
	t.Parallel()
	byHand(t, &Agent{Guards: []Guard{cards(0)}}, func(h *hand) {
		said := make(chan error, 1)
		go func() { said <- h.c.Say(h.t.Context(), "Hello.") }()
		time.Sleep(10 * time.Millisecond)
		tag := h.requested()
		require.NotEmpty(h.t, tag)
		h.asks("u1", "The weather?")
		h.answers("r1", tag, "Hello, 4111.")
		for _, id := range []string{"r2", "r3", "r4"} {
			if tag = h.requested(); tag == "" {
				break
			}
			text := "It rains."
			if h.saying(tag) {
				text = "No."
			}
			if h.begins(id, tag) {
				h.ends(id, api.ResponseStatusCancelled)
				continue
			}
			h.says(id, text)
			h.ends(id, api.ResponseStatusCompleted)
		}
		turns := h.over()
		require.NotEmpty(h.t, turns)
		last := turns[len(turns)-1]
		assert.Equal(h.t, "The weather?", last.User)
		assert.Equal(h.t, "It rains.", last.Said)
		assert.Nil(h.t, last.Guard)
		for _, turn := range turns {
			assert.NoError(h.t, turn.Err)
		}
		assert.NoError(h.t, <-said, "it was over before the guard had looked")
	})
}

// TestTheWordsOfAGuardAreNotSaidInTheNextTurn has a guard stop an answer as the next one is
// about to begin, for the agent's request or by itself once the user has interrupted: what
// would be said instead comes too late, and is dropped.
func TestTheWordsOfAGuardAreNotSaidInTheNextTurn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		check time.Duration
		until func(h *hand) (tag string) // up to the next answer
	}{
		"a request is in flight": {2 * time.Second, func(h *hand) string {
			h.says("r1", "It is 4111.")
			h.event(&api.ResponseDone{Response: api.Response{ID: "r1", Status: api.ResponseStatusCompleted}})
			time.Sleep(1900 * time.Millisecond)
			h.asks("u2", "Two?")
			time.Sleep(200 * time.Millisecond) // The guard trips.
			return h.requested()
		}},
		"the user interrupts": {0, func(h *hand) string {
			h.event(&api.InputAudioBufferSpeechStarted{})
			for range 20 {
				h.says("r1", "It is 4111. ")
			}
			time.Sleep(100 * time.Millisecond) // The guard trips.
			h.ends("r1", api.ResponseStatusCancelled)
			h.event(&api.InputAudioBufferSpeechStopped{})
			h.event(&api.InputAudioBufferCommitted{ItemID: "u2"})
			return ""
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			byHand(t, &Agent{Guards: []Guard{cards(c.check)}}, func(h *hand) {
				h.asks("u1", "My card?")
				h.begins("r1", h.requested())
				h.answers("r2", c.until(h), "2.")
				if tag := h.requested(); tag != "" {
					if !h.begins("r3", tag) {
						h.says("r3", "No.")
					}
					h.ends("r3", api.ResponseStatusCancelled)
				}
				turns := h.over()
				require.Len(h.t, turns, 2)
				assert.NotNil(h.t, turns[0].Guard)
				assert.Equal(h.t, "2.", turns[1].Said)
				assert.False(h.t, turns[1].Cut)
				assert.NoError(h.t, turns[1].Err)
			})
		})
	}
}

// TestTheTurnAfterAnInterruptionIsNotCut has the program interrupt while the request for a
// follow-up is in flight and the next question has arrived: the response that is cancelled
// as it begins belongs to the first turn.
func TestTheTurnAfterAnInterruptionIsNotCut(t *testing.T) {
	t.Parallel()
	byHand(t, &Agent{}, func(h *hand) {
		h.asks("u1", "One?")
		h.begins("r1", h.requested())
		h.says("r1", "1.")
		h.event(&api.ResponseOutputItemDone{ResponseID: "r1", Item: &api.FunctionCall{CallID: "c1", Name: "nothing", Arguments: "{}"}})
		h.ends("r1", api.ResponseStatusCompleted)
		h.event(&api.ConversationItemAdded{Item: &api.FunctionCallOutput{CallID: "c1"}})
		tag := h.requested()
		require.NotEmpty(h.t, tag)
		h.asks("u2", "Two?")
		require.NoError(h.t, h.c.Interrupt(h.t.Context()))
		require.True(h.t, h.begins("r2", tag))
		h.ends("r2", api.ResponseStatusCancelled)
		h.answers("r3", h.requested(), "2.")
		turns := h.over()
		require.Len(h.t, turns, 2)
		assert.True(h.t, turns[0].Cut)
		assert.Equal(h.t, "2.", turns[1].Said)
		assert.False(h.t, turns[1].Cut)
	})
}

// TestRequestsWithoutAResponseAreForgotten has a server that begins no response for hours.
func TestRequestsWithoutAResponseAreForgotten(t *testing.T) {
	t.Parallel()
	byHand(t, &Agent{}, func(h *hand) {
		for i := range 20 {
			h.asks(fmt.Sprint("u", i), "Hello?")
			time.Sleep(time.Minute)
		}
		h.c.mu.Lock()
		defer h.c.mu.Unlock()
		assert.LessOrEqual(t, len(h.c.tags), 20, "of 100 requests")
	})
}
