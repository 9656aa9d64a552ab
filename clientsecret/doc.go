// Package clientsecret is the endpoint of a server that gives client secrets to web pages
// and devices, so that the API key does not leave the server.
//
//	secrets, err := clientsecret.New(&clientsecret.Config{
//		Client:    client,
//		Authorize: signedIn,
//		Session:   &api.RealtimeSessionConfig{Model: new(api.ModelGPTRealtime2_1)},
//	})
//	…
//	http.Handle("/secret", secrets)
//
// A client secret (also "ephemeral key") is valid for a minute unless Config.ExpiresAfter
// says otherwise. The page connects with it, over WebSocket or WebRTC.
//
// # The request
//
// The page sends POST without a body. Who may ask is decided by Config.Authorize, which has
// no default. Requests of pages of other origins are refused unless Config.Origins lists
// them. Nothing in the request chooses the session: that is Config.Session, or what
// Config.SessionFor returns for the user.
//
// # The response
//
// The response has the form of the API's own, without the parts of the session that are not
// for the page, such as its instructions:
//
//	{"value":"ek_…","expires_at":1756310470,"session":{"type":"realtime","model":"gpt-realtime-2.1"}}
//
// Errors have a code for the program and a text for the user; see [Error]. They hold neither
// the text of the API's errors nor that of the program's own.
//
//	{"error":{"code":"rate_limited","message":"Too many conversations were started. Try again in 12 s."}}
//
// # What a secret does not prevent
//
// A session starts with the settings of its secret. Its holder can change some of them with
// session.update, such as the instructions, and can start several sessions until the secret
// expires. What must hold whatever the page does belongs on the server: the functions that
// spend money, and a connection beside the call that watches it (realtime.Call).
package clientsecret
