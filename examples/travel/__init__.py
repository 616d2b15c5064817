"""A trip is a flight, a hotel and a car: five services, and no saga. The designer composes it from its template."""
