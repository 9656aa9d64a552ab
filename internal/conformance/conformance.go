// Package conformance has the tests that a session passes on every platform: natively,
// where they run with all other tests, and in a browser, for which they are built with
// GOOS=js. The server runs outside the program under test. It acts on the text of the
// conversation.
package conformance

// Variable is the name of the environment variable with the server's base URL.
const Variable = "CONFORMANCE_URL"

// Texts of user messages that make the server do something; askDrop is sent as
// instructions.
const (
	askClose  = "close with 4001"
	askDrop   = "drop the line"
	askLast   = "say a last word and close"
	askTool   = "call the tool"
	askGarble = "send something malformed"
	askHang   = "hang"
)

// API keys that the server treats specially.
const (
	keyGood = "ek_good"
	keyBad  = "ek_bad"
	keyTeam = "ek_team" // Requires an organization and a project.
)

const modelMissing = "no-such-model"
