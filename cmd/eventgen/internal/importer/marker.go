package importer

// The markers for missing descriptions. The lint of the spec refuses them.
const (
	todoMember = "description: 'TODO: describe this member.'"
	todoType   = "description: 'TODO: describe this type.'"
	todoValue  = "TODO: describe this value."
)
