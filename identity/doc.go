// Package identity makes credentials of identities: tokens that a service issues for a
// workload, expire, and are fetched again.
//
// A [Source] fetches one token. [EntraWorkload] exchanges a federated token for one of
// Microsoft Entra ID, for Azure, and [OpenAIWorkload] for one of OpenAI. A program with
// another way, such as a credential of package azidentity, writes a func of three lines.
// [Cached] makes the credentials of a client of a source, and is all that most programs
// need beside it:
//
//	source, err := identity.EntraWorkload(nil) // what AKS puts into the environment
//	client, err := realtime.NewClient(&realtime.Config{
//		Azure:       &realtime.Azure{Endpoint: "https://name.openai.azure.com"},
//		Credentials: identity.Cached(source),
//	})
//
// No error holds a token, whatever a service answers.
package identity
