// Package mcptools offers the tools of MCP servers to agents: of a command on the
// standard streams, or of an address over streamable HTTP.
//
//	files, err := mcptools.Command(ctx, exec.Command("mcp-server-files", "/srv"), nil)
//	if err != nil {
//		return err
//	}
//	defer files.Close()
//	clerk := &agent.Agent{Name: "clerk", Toolbox: files.Tools}
//
// The program runs the tools, so that servers which the Realtime API cannot reach work
// too. Servers with a public address can be given to the session instead, as
// [api.MCPTool]: the service then calls them by itself.
//
// # What the model gets
//
// A tool keeps its description and its input schema. Its name is changed where the
// Realtime API does not take it: characters other than letters, digits, _ and - become _,
// and long or equal names end in a checksum.
//
// Text is the output as it is, and a structured result is its JSON. A PNG or JPEG image is
// put into the conversation as a message with the image, since the output of a function is
// text; other binary content is named. A result with isError, a refusal of the server and
// a lost connection are errors that the model is given.
//
// # Approval
//
// [Options.Approve], or Approve of a single tool, decides on calls, as it does for any
// [agent.Tool]: an [agent.Desk] may serve both.
//
// # Connections
//
// A server that has ended is started or dialed again at the next use. A call that was
// under way is not repeated. When the server changes its tools, [Server.Follow] has the
// agent that speaks take them over.
package mcptools
