// Package apitest holds the proof that package api loses nothing that arrives.
//
// The proof has three witnesses that know nothing of the generator. The first
// reads spec/openapi.yaml by itself and writes random instances of every event:
// some are as the specification says, the others hold nulls, unknown members,
// values of the wrong kind, odd numbers, strings and base64, and members that
// come twice or not at all. The second is encoding/json: what it takes for an
// object with a type, package api takes too, and writes back as the same value;
// what it rejects, package api rejects. The third is a walk by reflection that
// compares each Go field with the member of its name.
//
// Beside them stand the forms that older servers send, hostile documents, the
// bounds that Validate checks, and the JSON of what clients send every day.
//
// The package has tests alone. Its fuzz targets start from a random instance of
// each event, and from what earlier runs have found.
package apitest
