// Package realtime holds live conversations with the OpenAI Realtime API over
// WebSocket.
//
// A [Client] knows whom to call and as whom. Its Connect opens a [Session] to a
// [Target]: a [Model], a running [Call], or a [Transcription] service;
// ConnectTranslation opens a [TranslationSession]. The events themselves are
// the types of package api.
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
// A session speaks unless it is told to write: see the example of a text chat.
//
// # Sending
//
// Send accepts an event into a bounded queue and returns; the queue is written
// in the order of acceptance. Every event travels with an event_id, which an
// error of the server names. Contexts bound waiting, and never cut a frame or
// close a connection. Request waits for the event that answers, and Respond
// for a response, which it returns as a stream of audio and text.
//
// # Receiving
//
// Recv is the primitive, Events the loop over it, and a [Mux] hands events to
// typed handlers. One goroutine reads for the session's whole life into a
// bounded queue and answers pings, however slow the receiver is; Options.Overflow
// says what happens when the queue is full.
//
// What is received belongs to the receiver, for good. Audio is the exception
// that a program asks for: a handler of [OnAudio] has it only until it returns,
// and decoding it then takes no new memory.
//
// A session that nobody receives from, since the program uses nothing but
// Request, Respond and the like, must be told so with [Session.Discard]. Else
// its receive queue fills in time, and holds back the answers as well: what
// waits for one then fails with [socket.ErrReceiveQueueFull] (see
// Options.ReceiveStall).
//
// # Interruptions
//
// Answers arrive faster than they play. When the user begins to speak, the
// program has to stop its loudspeaker and to tell the server how much was heard:
// Playback of package agent counts that.
//
// # Errors
//
// An error of the server about something in a running session arrives as an
// event, [*api.ErrorEvent], and ends nothing. Where it answers a call, such as
// Request or Connect, the call returns it as a [*ServerError]. A response that
// failed or was cancelled is an event too, response.done; see [Answer.Err].
//
// A server that refuses is a [*ServerError] or, before the socket is open, a
// [*HandshakeError]; a connection that breaks is a [*socket.TransportError], one that
// the server closes a [*socket.CloseError]. An end in good order is [io.EOF] from
// Recv, and the silent end of a loop. A malformed frame is an
// [*api.DecodeError], which a session survives; an event that this version does
// not know arrives as [*api.UnknownServerEvent]. No error, log line, exposed
// address or printed value holds a credential or the content of a frame.
//
// # Leaving and coming back
//
// Close flushes, says goodbye and waits, within a bound, and leaves no
// goroutine. With Options.Reconnect a session survives the loss of its
// connection and the server's 60 minute limit: settings and conversation are
// given to a new one, and a [Reconnected] event tells what it holds and what
// was lost.
//
// # In a browser
//
// Built with GOOS=js the same sessions run over the browser's own WebSocket, in
// pages and in workers; every program built so is taken for one of a page. The
// credential, organization and project travel as subprotocols. Only client
// secrets are accepted, unless Config.DangerouslyAllowBrowser is set, which
// exists there alone. Azure, headers, and Config's TLS, Proxy and DialContext
// are refused, since a page has no say in them.
//
// A page sees less than a machine: a handshake that fails gives no status and
// no reason, so that it is a [*socket.TransportError], and there are no pings, so that
// only the browser finds out about a peer gone silent. It can close with 1000
// and 3000 to 4999 alone. It cannot stop the browser from reading: a receive
// queue that has been full for as much again ends the connection with
// [socket.ErrReceiveQueueFull], and what had arrived can still be received.
package realtime
