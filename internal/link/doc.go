// Package link is the machinery of a connection: one goroutine reads, a sender
// or another goroutine writes, and a timer watches the peer. It knows
// messages as bytes: no event, no log, no rule about addresses.
//
// Entry points, by file:
//
//   - dialer.go, gorilla.go, browser_js.go: [Dialer.Dial] opens a [Link], one open
//     WebSocket; proxy.go, upgrade.go, ahead.go and frame.go are its parts.
//   - conn.go, keepalive.go, close.go, redial.go: [Conn] reads from a Link for a
//     session's whole life, replaces it when its [Owner] redials, and closes it.
//   - outbox.go, outbox_write.go, outgoing.go: [Outbox], the send queue; receipt.go and fate.go
//     tell what became of a [Frame]. attempt_unix.go writes on the sender's goroutine what the
//     system takes at once; turn.go orders writes.
//   - inbox.go: [Inbox], the receive queue; cond.go and queue.go are its parts.
//   - ending.go: [Ending], how a connection ended.
//   - buffer.go: memory that messages in both directions share.
package link
