"""The packages of the locks: their licences, a list of them for others (SBOM), and known vulnerabilities."""
