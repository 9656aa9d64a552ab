package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/voicelane/realtime-go/gen/api"
)

// State is what another process needs to go on with a conversation: see [Resume]. It
// encodes as JSON.
type State struct {
	// Agent is the name of the agent that speaks.
	Agent string `json:"agent"`
	// Calls are the calls of functions that are not settled, and the latest settled ones of
	// tools that run once.
	Calls []CallState `json:"calls,omitempty"`
	// Turns are the items of the user that have no whole answer.
	Turns []string `json:"turns,omitempty"`
	// Data is the program's own, at most 64 KiB: see [Conversation.SetData].
	Data []byte `json:"data,omitempty"`
	// Items are the conversation, for a session that does not hold it. The last one is a note
	// of the system with the results of the calls that the service made at MCP servers, if there
	// were any, since a new session cannot be given their items. Items are there in
	// what [Conversation.State] returns, and in what is saved with Options.SaveItems.
	Items []json.RawMessage `json:"items,omitempty"`
}

// CallState is how far a call has come.
type CallState struct {
	ID   string `json:"id"`
	Tool string `json:"tool"`
	// Remote is set for calls that the service makes at an MCP server, whose label is Server.
	// They wait while they have no approval.
	Remote bool   `json:"remote,omitempty"`
	Server string `json:"server,omitempty"`
	// Item, Response and Turn are the ids of its item, of the response that made it, and of
	// the user's item that it belongs to; empty once the call is settled.
	Item     string `json:"item,omitempty"`
	Response string `json:"response,omitempty"`
	Turn     string `json:"turn,omitempty"`
	// Arguments and Output are left out above 32 KiB, and once the call is settled.
	Arguments json.RawMessage `json:"arguments,omitempty"`
	Output    string          `json:"output,omitempty"`
	Stage     CallStage       `json:"stage"`
	// Pending is set if the model goes on without the result, and was not told of it yet.
	Pending bool `json:"pending,omitempty"`
	// Key is equal for calls that a tool with Once runs once.
	Key string `json:"key,omitempty"`
}

// CallStage is how far a call has come.
type CallStage string

// The stages of a call. Its function has not begun, has begun, or has returned; once a
// whole answer has seen the output, the call is settled.
const (
	CallWaits    CallStage = "waits"
	CallBegun    CallStage = "begun"
	CallReturned CallStage = "returned"
	CallSettled  CallStage = "settled"
)

const (
	maxData      = 64 << 10
	maxSavedText = 32 << 10 // of arguments and of an output
	maxSettled   = 256      // settled calls in a state
)

// ErrDataTooLarge is returned by SetData for more than 64 KiB.
var ErrDataTooLarge = errors.New("agent: more than 64 KiB of data")

// digest returns the first letters of a hash of texts.
func digest(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		h.Write([]byte(t))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// outputID returns the id of the item with the output of a call. It is the same in
// another process, so that the server refuses a second one.
func outputID(call string) string { return "out_" + digest(call) }

// itemsOf decodes the items of a state.
func (st *State) itemsOf() ([]api.Item, error) {
	items := make([]api.Item, 0, len(st.Items))
	for _, text := range st.Items {
		item, err := api.DecodeItem(text)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}
