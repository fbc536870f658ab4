"""The core's types as FHIR R4 resources, and back: pure mappings that decide nothing and know no disease."""
