package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/schema"
)

// Tool is a function that the model may call. The calls of a response run in parallel,
// and the model goes on once all of them have returned.
type Tool struct {
	// Name consists of letters, digits, _ and -, at most 64.
	Name        string
	Description string
	Func        Function

	// Timeout bounds a call, default 30 s, negative: no bound. Waiting for an approval does
	// not count. The model gets an error for a call that took too long.
	Timeout time.Duration
	// Once lets the function run at most once for equal arguments in one turn of the user:
	// a call that the model repeats under another id gets the output of the first. One call
	// id never runs twice in one process, with or without Once; with it also not in a process
	// that takes over by [Resume], if Options.Save is set.
	Once bool
	// Approve is called before the function and may block; nothing else waits for it. An
	// error refuses the call, and the model is given its text.
	Approve func(ctx context.Context, c *Call) error
	// Filler is said when a call takes longer than After, default 1 s.
	Filler string
	After  time.Duration
	// Pending, unless it is 0, is how long the model waits for a call, approval included. Then
	// it reads that the result is pending and goes on, and gets the result as a message that
	// it answers. It suits calls for which a person decides: see [Desk].
	Pending time.Duration
	// Hidden outputs are not given to the model, which reads that the call is done: turns
	// and events have them. Errors are given to it.
	Hidden bool
	// Silent outputs are given to the model without asking it to go on.
	Silent bool
	// Private keeps arguments and output out of logs, turns and events.
	Private bool
}

// Function is what a tool does.
type Function interface {
	// Schema returns the JSON Schema of the arguments, which are an object.
	Schema() json.RawMessage
	// Call is given arguments that fit the schema, and returns the output for the model.
	// The model is given the text of an error, which is logged as well. Calls may run at
	// the same time. One that goes on after its context has ended keeps its goroutine, and
	// what it returns is dropped.
	Call(ctx context.Context, arguments json.RawMessage) (output string, err error)
}

// Func returns a tool of a Go function. Its schema is that of In, a struct or a map;
// struct tags add to it: `jsonschema:"…"` describes a member, `enum:"a,b"`,
// `minimum:"1"`, `maximum:"9"`, `pattern:"…"`, `format:"date"`, `minLength:"2"`,
// `maxItems:"3"` and the like constrain it. Members with omitempty or omitzero are
// optional. Out becomes the output: a string as it is, anything else as JSON.
//
// A type that has no schema is an error of [Start].
func Func[In, Out any](name, description string, f func(context.Context, In) (Out, error)) Tool {
	return Tool{Name: name, Description: description, Func: Fn(f)}
}

// Fn returns the Function of a Go function, for [Tool] literals. See [Func].
func Fn[In, Out any](f func(context.Context, In) (Out, error)) Function {
	s, err := schema.Of(reflect.TypeFor[In]())
	return &goFunction[In, Out]{f: f, schema: s, err: err}
}

// goFunction is a Go function as a Function.
type goFunction[In, Out any] struct {
	f      func(context.Context, In) (Out, error)
	schema *schema.Schema // nil with an error
	err    error
}

func (g *goFunction[In, Out]) Schema() json.RawMessage {
	if g.schema == nil {
		return nil
	}
	return g.schema.JSON()
}

// parsed returns the schema without parsing its text.
func (g *goFunction[In, Out]) parsed() (*schema.Schema, error) { return g.schema, g.err }

func (g *goFunction[In, Out]) Call(ctx context.Context, arguments json.RawMessage) (string, error) {
	var in In
	if err := json.Unmarshal(arguments, &in); err != nil {
		return "", fmt.Errorf("the arguments do not fit: %w", err)
	}
	out, err := g.f(ctx, in)
	if err != nil {
		return "", err
	}
	if text, ok := any(out).(string); ok {
		return text, nil
	}
	text, err := json.Marshal(out)
	return string(text), err
}

// Call is one call of a tool. It does not change while the tool can see it; turns and
// events have copies with the outcome.
type Call struct {
	ID, Tool string
	// Server is the label of the MCP server that the service calls; "" for functions.
	Server    string
	Arguments json.RawMessage
	// Output is what the model was given, "" before the end.
	Output string
	// Err is why the call failed or was refused, nil otherwise.
	Err  error
	Took time.Duration
	Conv *Conversation
}

// CallFrom returns the call that the context of a tool belongs to, or nil.
func CallFrom(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

type callKey struct{}
