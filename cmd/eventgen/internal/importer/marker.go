package importer

// The markers stand where a description is missing. The lint of the spec refuses them.
const (
	todoMember = "description: 'TODO: describe this member.'"
	todoType   = "description: 'TODO: describe this type.'"
	todoValue  = "TODO: say what it means."
)
