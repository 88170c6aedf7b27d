/// Agents and their groups: who is there and how, which configuration each shall have, and whether
/// it has it.
///
/// Agents come by OpAMP ([OpampApi]), people by DeepFlow's paths ([AgentsApi], [GroupsApi]). Both
/// ask the [Controller], which holds everything in memory and writes what must outlive the process
/// to two small tables of the store ([ControllerTables]).
@NullMarked
package deepflow.server.controller;

import org.jspecify.annotations.NullMarked;
