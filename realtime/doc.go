// Package realtime holds live conversations with the OpenAI Realtime API over
// WebSocket.
//
// A [Client] knows the server and the credential. Its Connect opens a [Session] to
// a [Target]: a [Model], a running [Call], or a [Transcription] service;
// ConnectTranslation opens a [TranslationSession], and ConnectRaw a [RawSession]
// that carries bytes. The events themselves are the types of package api, and the
// errors of a connection those of package socket.
//
//	client, err := realtime.NewClient(nil) // OPENAI_API_KEY
//	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
//	defer s.Close()
//	err = s.SendText(ctx, "Good morning!")
//	err = s.Send(ctx, &api.ResponseCreate{})
//	for e, err := range s.Events(ctx) {
//		if err != nil {
//			return err
//		}
//		switch e := e.(type) {
//		case *api.ResponseOutputAudioTranscriptDelta:
//			fmt.Print(e.Delta) // the words of the answer, which is spoken
//		case *api.ResponseOutputAudioDelta:
//			play(e.Delta)
//		case *api.ErrorEvent:
//			fmt.Println(realtime.NewServerError(e))
//		case *api.ResponseDone:
//			return nil
//		}
//	}
//
// A session speaks unless its settings ask for text: see the example of a text chat.
//
// # Sending
//
// Send accepts an event into a bounded queue and returns; the queue is written in the
// order of acceptance. Every event is sent with an event_id, which an error of the
// server names. Contexts bound waiting, and never cut a frame or close a connection.
// Request waits for the event that answers, and Respond for a response, which it
// returns as a stream of audio and text. SendReceipt gives a receipt, which shows whether
// the event was written; TakeUnsent takes out what was not, to be sent elsewhere.
//
// # Receiving
//
// Recv is the primitive, Events the loop over it, and a [Mux] passes events to typed
// handlers. One goroutine reads for the session's whole life into a bounded queue and
// answers pings, however slow the receiver is; Options.Overflow is what happens when
// the queue is full.
//
// A received event belongs to the receiver. Audio is the exception that a program can
// ask for: a handler of [OnAudio] has it only until the handler returns, and decoding
// it then takes no new memory.
//
// A program that uses only Request, Respond and the like calls [Session.Discard].
// Otherwise the receive queue fills up and holds back answers as well: pending
// requests then fail with [socket.ErrReceiveQueueFull] (see Options.ReceiveStall).
//
// # The conversation
//
// [Session.Conversation] is what the server holds: items with their states, in order, with
// what was heard of answers that were cut. It can be read, edited, watched, and copied to
// another session. Options.Reconnect restores it.
//
// # Interruptions
//
// Answers arrive faster than they play. When the user begins to speak, the program
// has to stop its loudspeaker and to tell the server how much was heard: the bridge of
// package voice does both.
//
// # Observing
//
// A [Tap] in Options.Taps sees what a session receives, sends, drops and dials, for
// meters, traces and recordings. A session may have several.
//
// # Errors
//
// An error of the server about a running session arrives as an event,
// [*api.ErrorEvent], and ends nothing. Where it answers a call, such as Request or
// Connect, the call returns it as a [*ServerError]. A response that failed or was
// cancelled is an event too, response.done; see [Answer.Err].
//
// A server that refuses a session is a [*ServerError] or, in the handshake, an
// [*APIError]; a connection that breaks is a [*socket.TransportError], one that the
// server closes a [*socket.CloseError]. An end in good order is [io.EOF] from Recv, and
// the silent end of a loop. A malformed frame is an [*api.DecodeError], which a session
// survives; an event that this version does not know arrives as
// [*api.UnknownServerEvent]. No error, log line, exposed address or printed value holds
// a credential or the content of a frame.
//
// # Closing and reconnecting
//
// Close writes what was accepted, closes the connection and waits, within a bound, and
// leaves no goroutine. Abort ends a session at once, for a cause of the program's that Recv
// and pending requests return. With Options.Reconnect a session survives the loss of its
// connection and the server's 60 minute limit: a new connection is given the settings
// and the conversation, unanswered items and settings included, and a [Reconnected]
// event lists what it holds, what was lost and which responses were cut off. A translation
// is given its settings ([TranslationReconnected]). Finish ends the input of a
// transcription or a translation, and loses nothing of the tail.
//
// # In a browser
//
// Built with GOOS=js the same sessions run over the browser's own WebSocket, in pages
// and in workers; every such program is treated as running in a page. The credential,
// organization and project travel as subprotocols. Only client secrets are accepted,
// unless Config.DangerouslyAllowBrowser is set, a field that exists there alone. Azure,
// headers, and Config's TLS, Proxy and DialContext are refused, since a page cannot
// choose them.
//
// A page sees less than a native program. A handshake that fails gives no status and no reason,
// so that it is a [*socket.TransportError]. There are no pings, so that only the browser
// detects a silent peer. A page can close with 1000 and 3000 to 4999 alone. It cannot
// stop the browser from reading: if the messages that wait behind a full receive
// queue exceed ReceiveQueueBytes themselves, the connection ends with
// [socket.ErrReceiveQueueFull], and what had arrived can still be received.
package realtime

// The files form families, from the bottom up. A file uses files of its own family and of
// families listed before it; a test holds that.
//
//   - error_*: ServerError, APIError, IsUnauthorized.
//   - client_*: NewClient, Config, Credential, Target, Client.Do, ClientSecret.
//     endpoint builds addresses, header the headers; network is the platform.
//   - option_*: Options, Reconnect and its events, Tap.
//   - connection_*: connection is what all sessions embed. dial connects, ids names
//     frames, audio sends input audio from a reader.
//   - request_*: desk matches events with the requests and streams that wait for them,
//     and states the lock order. Answer, Collector, ResponseStream.
//   - reconnect_*: core is what outlives a link, recovery brings it back: restore
//     reports what a new link was given, age replaces old links. outage decides which
//     errors are worth another attempt, for every kind of session. history is the
//     conversation, item an item of it.
//   - session_*: Connect and Session, its requests and audio; Conversation; RawSession,
//     TranslationSession. Session.take handles each message that arrives, before taps,
//     requests and the receive queue.
//   - mux_*: Mux.Run passes a session's events to handlers.
