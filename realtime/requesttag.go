package realtime

// requestTag is the metadata member that ties a response to the request that
// asked for it. The server echoes metadata, and nothing else.
const requestTag = "realtime_go_request"
