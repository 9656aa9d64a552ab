package pending

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/wire"
)

// TestInterruptedCalls holds what is left of the calls after an outage: those that the new
// link answers, as if they were sent there first.
func TestInterruptedCalls(t *testing.T) {
	t.Parallel()
	response := New(&api.ResponseCreate{})
	response.Seq, response.guess = 5, &api.ResponseCreated{}
	update := New(&api.SessionUpdate{})
	update.Seq, update.passed = 3, time.Now()
	retrieve := New(&api.ConversationItemRetrieve{ItemID: "a"})
	retrieve.ID, retrieve.Seq = "mine", 1
	cancel := New(&api.ResponseCancel{})
	cancel.Seq, cancel.Own = 2, true
	waited := New(&api.InputAudioBufferCommit{})
	waited.Seq, waited.Result = 4, make(chan Answer, 1)

	replaced := errors.New("replaced")
	r := Calls{calls: []*Call{retrieve, cancel, update, waited, response}}
	silent := r.Interrupt(4, func(seq uint64) bool { return seq == update.Seq }, replaced)
	assert.Equal(t, []Silent{{EventID: "mine", Type: "conversation.item.retrieve"}}, silent, "the session's own is none")
	require.ErrorIs(t, (<-waited.Result).Err, replaced)
	require.Equal(t, []*Call{update, response}, r.calls)
	assert.Nil(t, response.guess, "its response was another's")
	assert.Zero(t, update.passed, "its answer comes anew")
	assert.Equal(t, 2, r.expire(time.Now().Add(2*unaskedAge)), "neither ages")
}

// TestResponseBeginsBeforeItsAnswer holds that a caller that has the answer finds the
// stream of its response begun, whether the response bears the tag or is only guessed.
func TestResponseBeginsBeforeItsAnswer(t *testing.T) {
	t.Parallel()
	for _, echoed := range []bool{true, false} {
		var begun string
		call := New(&api.ResponseCreate{})
		call.Tag, call.Result = "t", make(chan Answer, 1)
		call.Begin = func(id string) {
			assert.Empty(t, call.Result, "the caller has its answer already")
			begun = id
		}
		created := &api.ResponseCreated{}
		created.Response.ID = "r"
		if echoed {
			created.Response.Metadata = wire.Value(api.Metadata{Tag: "t"})
		}
		var r Calls
		r.Add(call)
		r.Settle(created)
		done := &api.ResponseDone{}
		done.Response.ID = "r"
		r.Settle(done)
		assert.Equal(t, "r", begun)
		assert.Len(t, call.Result, 1)
		assert.Zero(t, r.Len())
	}
}

// TestATakenEventLeavesTheDoubtOfOthers takes an event out of the send queue while a
// refusal may mean one of two others.
func TestATakenEventLeavesTheDoubtOfOthers(t *testing.T) {
	t.Parallel()
	call := func(seq uint64) *Call {
		c := New(&api.InputAudioBufferCommit{})
		c.Seq, c.Result = seq, make(chan Answer, 1)
		return c
	}
	refused, taken := errors.New("refused"), errors.New("taken")
	one, two, other := call(1), call(2), call(3)
	r := Calls{calls: []*Call{one, two, other}, doubt: doubt{refused, []*Call{one, two}}}
	r.Withdraw(3, taken)
	require.Len(t, other.Result, 1)
	require.ErrorIs(t, (<-other.Result).Err, taken)
	assert.Empty(t, one.Result)
	assert.Empty(t, two.Result)
	assert.Equal(t, refused, r.doubt.refusal, "it is not known yet what was refused")

	r.Withdraw(9, taken)
	assert.Equal(t, []*Call{one, two}, r.calls, "what has no call changes nothing")

	r.Withdraw(1, taken)
	require.Len(t, one.Result, 1)
	require.ErrorIs(t, (<-one.Result).Err, taken)
	require.Len(t, two.Result, 1)
	require.ErrorIs(t, (<-two.Result).Err, refused, "the server cannot have refused what was not sent")
	assert.Empty(t, r.calls)
}
