// Package conformance holds the tests that a session passes on every platform:
// on a machine, where they run with all others, and in a browser, for which
// they are built with GOOS=js. The server is always outside of the program
// under test, and does what a conversation tells it to.
package conformance

// Variable names the environment's variable that holds the server's base URL.
const Variable = "CONFORMANCE_URL"

// What the server is asked for by a user's text; askDrop by instructions.
const (
	askClose  = "close with 4001"
	askDrop   = "drop the line"
	askLast   = "say a last word and close"
	askTool   = "call the tool"
	askGarble = "send something malformed"
	askHang   = "hang"
)

// The keys that the server treats in a way of their own.
const (
	keyGood = "ek_good"
	keyBad  = "ek_bad"
	keyTeam = "ek_team" // Wants an organization and a project.
)

const modelMissing = "no-such-model"
